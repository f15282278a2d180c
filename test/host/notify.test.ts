import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { createNotifier, type Notifier, type NotifyEnvironment } from '../../src/host/notify.ts';
import { temporaryDirectory } from '../journeys/run.ts';

const open: Notifier[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** systemd-notify stands in a file what it would have told systemd; it may be told to die. */
function notified(env: NotifyEnvironment = {}, nowMs: () => number = () => 0) {
  const directory = temporaryDirectory();
  const said = join(directory, 'said');
  const program = join(directory, 'systemd-notify');
  writeFileSync(
    program,
    `#!/bin/sh\necho "$@" >>"$NOTIFY_SOCKET"\n[ ! -e ${said}.kill ] || kill $PPID\n`,
  );
  chmodSync(program, 0o755);
  const all: NotifyEnvironment = {
    NOTIFY_SOCKET: said,
    WATCHDOG_USEC: '30000000',
    WATCHDOG_PID: '1',
    PATH: `${directory}:${process.env['PATH']}`,
    ...env,
  };
  const notifier = createNotifier(all, nowMs);
  open.push(notifier);
  const lines = () => (existsSync(said) ? readFileSync(said, 'utf8').trim().split('\n') : []);
  const saysSoon = (wanted: string[]) => vi.waitFor(() => expect(lines()).toEqual(wanted), 5000);
  return { notifier, env: all, lines, saysSoon, said };
}

test('a service says when it is ready, and feeds the watchdog by its cycles only', async () => {
  let nowMs = 0;
  const { notifier, saysSoon } = notified({}, () => nowMs);
  notifier.ready();
  await saysSoon(['READY=1']);
  notifier.cycle(1000);
  await saysSoon(['READY=1', 'WATCHDOG=1']);
  nowMs = 8999;
  notifier.cycle(1000);
  nowMs = 9000;
  notifier.cycle(1000);
  await saysSoon(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1']);
});

test('cycles further apart than the unit expects raise its limit, and lower it again', async () => {
  const { notifier, saysSoon } = notified();
  notifier.cycle(60_000);
  notifier.cycle(60_000);
  notifier.cycle(1000);
  const raised = 'WATCHDOG_USEC=180000000 WATCHDOG=1';
  await saysSoon([raised, 'WATCHDOG=1', 'WATCHDOG_USEC=30000000 WATCHDOG=1']);
});

test('a service that will have no cycles is not waited for', async () => {
  const { notifier, saysSoon } = notified();
  notifier.noCycles();
  await saysSoon(['WATCHDOG_USEC=0']);
});

test('without a watchdog only readiness is told', async () => {
  const { notifier, saysSoon } = notified({ WATCHDOG_USEC: undefined });
  notifier.cycle(1000);
  notifier.noCycles();
  notifier.ready();
  await saysSoon(['READY=1']);
});

test('a helper that was killed is replaced, and what systemd must know is said again', async () => {
  const { notifier, lines, said } = notified();
  writeFileSync(`${said}.kill`, '');
  notifier.ready();
  await vi.waitFor(() => expect(lines()).toEqual(['READY=1']), 5000);
  await new Promise((done) => setTimeout(done, 200));
  notifier.cycle(60_000);
  await vi.waitFor(() => expect(lines().slice(0, 2)).toEqual(['READY=1', 'READY=1']), 5000);
});

test('without systemd, or after the end, nothing is started and nothing said', async () => {
  const { notifier, lines } = notified({ NOTIFY_SOCKET: undefined });
  notifier.ready();
  notifier.cycle(1);
  notifier.noCycles();
  const ended = notified();
  ended.notifier.close();
  ended.notifier.ready();
  await new Promise((done) => setTimeout(done, 100));
  expect([...lines(), ...ended.lines()]).toEqual([]);
});

test('programs that the service starts cannot speak for it', () => {
  const { env } = notified();
  expect(Object.keys(env)).toEqual(['PATH']);
});
