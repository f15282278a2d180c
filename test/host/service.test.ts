import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endWords, startChild } from '../../src/host/child.ts';
import { createLineLog } from '../../src/host/line-log.ts';
import { openLog } from '../../src/host/log-file.ts';
import { readLog } from '../../src/host/log-files.ts';
import { startPaperClock } from '../../src/host/paper-clock.ts';
import { portProblem } from '../../src/host/ports.ts';
import { createService, type Service, ServiceStartError } from '../../src/host/service.ts';

let directory: string;
const services: Service[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-host-'));
});

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop(100)));
  rmSync(directory, { recursive: true });
});

/** A child that runs this shell text. */
function service(script: string, isReady: () => boolean, overrides: object = {}) {
  const deaths: [string, number][] = [];
  const made = createService({
    name: 'it',
    command: 'sh',
    args: ['-c', script],
    env: { PATH: process.env['PATH'] },
    logPath: join(directory, 'logs', 'it.log'),
    isReady: async () => isReady(),
    onDeath: (words, pauseMs) => deaths.push([words, pauseMs]),
    backoffMs: { first: 20, longest: 50 },
    ...overrides,
  });
  services.push(made);
  return { made, deaths };
}

const pids = () => readFileSync(join(directory, 'pids'), 'utf8').trim().split('\n').map(Number);
const started = () => existsSync(join(directory, 'pids'));
const waiting = () => `echo $$ >> ${directory}/pids; echo said; exec sleep 30`;

test('a service that dies is started again, each time after a longer pause', async () => {
  const { made, deaths } = service(waiting(), started);
  expect(made.state()).toBe('stopped');
  await made.start();
  expect(made.state()).toBe('running');
  for (let n = 1; n <= 4; n++) {
    process.kill(pids().at(-1) ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(pids()).toHaveLength(n + 1));
    await vi.waitFor(() => expect(made.state()).toBe('running'));
  }
  expect(deaths).toEqual([
    ['was killed by SIGKILL', 20],
    ['was killed by SIGKILL', 40],
    ['was killed by SIGKILL', 50],
    ['was killed by SIGKILL', 50],
  ]);
  await made.stop(500);
  expect(made.state()).toBe('stopped');
  expect(() => process.kill(pids().at(-1) ?? 0, 0)).toThrow('ESRCH');
  const lines = readLog(join(directory, 'logs'), 'it').map((line) => JSON.parse(line));
  expect(lines).toHaveLength(9);
  expect(lines[0]).toMatchObject({ level: 'info', process: 'it', message: 'said' });
  expect(lines[1]).toMatchObject({
    level: 'error',
    message: 'it was killed by SIGKILL; started again in 20 ms',
  });
});

test('stopping while it waits to start again leaves it stopped', async () => {
  const { made } = service(waiting(), started, { backoffMs: { first: 60_000, longest: 60_000 } });
  await made.start();
  process.kill(pids()[0] ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(made.state()).toBe('restarting'));
  await made.stop(500);
  expect(made.state()).toBe('stopped');
});

test('one that ends before it is ready rejects with its last words', async () => {
  const { made } = service('echo "pmcp: no such thing" >&2; exit 2', () => false);
  const error = await made.start().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ServiceStartError);
  expect(error).toMatchObject({
    message: 'it ended with code 2',
    lastWords: 'pmcp: no such thing',
  });
});

test('one that is never ready is not waited for for ever', async () => {
  const { made } = service('exec sleep 30', () => false, { readyWithinMs: 200 });
  await expect(made.start()).rejects.toThrow('it is not ready after');
});

test('one that cannot be started says so', async () => {
  const { made } = service('', () => false, { command: join(directory, 'nothing') });
  await expect(made.start()).rejects.toThrow('it could not be started');
});

test('a child that ignores SIGTERM is killed', async () => {
  const log = createLineLog(openLog(join(directory, 'log')), 'it');
  const child = startChild({
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
    env: { PATH: process.env['PATH'] },
    log,
  });
  await vi.waitFor(() => expect(readFileSync(join(directory, 'log'), 'utf8')).toContain('ready'));
  expect(endWords(await child.stop(100))).toBe('was killed by SIGKILL');
  log.close();
});

test('a log takes at most twice its limit, and goes on where it was left', () => {
  const path = join(directory, 'logs', 'x.log');
  const log = openLog(path, 100);
  for (let i = 0; i < 100; i++) log.write(`line ${i} of the log\n`);
  expect(statSync(path).size).toBeLessThanOrEqual(100);
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(100);
  expect(readFileSync(path, 'utf8')).toContain('line 99');
  log.close();
  log.close();
  log.write('late');
  const again = openLog(path, 100);
  again.write('more\n');
  expect(readFileSync(path, 'utf8')).toMatch(/line 99 of the log\nmore\n$/);
  again.close();
});

test('a paper clock never goes back, not even after a kill', () => {
  const path = join(directory, 'clock.json');
  const first = startPaperClock(path, 1000);
  expect(first.clock.speed).toBe(1000);
  const saved = JSON.parse(readFileSync(path, 'utf8'));
  first.stop();
  const last = first.clock.now();
  const second = startPaperClock(path, 1);
  expect(second.clock.now()).toBeGreaterThanOrEqual(last);
  second.stop();
  // As a kill leaves it: the last save is some seconds old.
  writeFileSync(path, JSON.stringify({ ...saved, realMs: saved.realMs - 4000 }));
  const third = startPaperClock(path, 1);
  expect(third.clock.now()).toBeGreaterThanOrEqual(saved.clockMs + 4_000_000);
  third.stop();
  for (const broken of ['', '{}', 'null', '{"clockMs":1e99,"realMs":0,"speed":1}']) {
    writeFileSync(path, broken);
    const fresh = startPaperClock(path, 1);
    expect(Math.abs(fresh.clock.now() - Date.now())).toBeLessThan(1000);
    fresh.stop();
  }
});

test('a port that cannot be had is known before it is needed', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(await portProblem('127.0.0.1', port)).toBe('EADDRINUSE');
  await new Promise((resolve) => server.close(resolve));
  expect(await portProblem('127.0.0.1', port)).toBeUndefined();
  expect(await portProblem('192.0.2.1', 0)).toBe('EADDRNOTAVAIL');
});
