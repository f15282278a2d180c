import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import status from '../../commands/status.ts';
import { createStatusServer, type StatusServer } from '../../src/bot/status-server.ts';
import { fakeHello, fakeStatus } from '../fakes/status.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { type Ran, runCommand } from './context.ts';

const LEAVE = '\u001b[?1049l';
let dataDir: string;
let bot: StatusServer | undefined;
let stop: AbortController;
/** What was written to the terminal itself. */
let screen: string;

beforeEach(() => {
  dataDir = temporaryDirectory();
  stop = new AbortController();
  screen = '';
  // A second passes when the test says so; the sockets keep their own time.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    screen += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  stop.abort();
  await bot?.close();
  bot = undefined;
});

async function startBot(): Promise<void> {
  bot = await createStatusServer({
    socketPath: join(dataDir, 'run', 'status.sock'),
    hello: fakeHello,
    onHalt: () => {},
    now: () => Date.now(),
  });
  bot.publish(fakeStatus());
}

/** A second after the other, until it holds. */
async function seconds(holds: () => void): Promise<void> {
  await vi.waitFor(
    () => {
      vi.advanceTimersByTime(1000);
      holds();
    },
    { timeout: 10_000, interval: 20 },
  );
}

function watch(more: object): Promise<Ran> {
  return runCommand(status, { watch: true }, dataDir, { signal: stop.signal, ...more });
}

test('watched on a terminal: no bot, a bot, and one that is gone, over what was last known', async () => {
  const watching = watch({ isTerminal: true });
  await seconds(() => expect(screen).toContain('no bot runs on this data directory'));
  expect(screen).not.toContain('pid');
  await startBot();
  await seconds(() => expect(screen).toContain(`pid ${fakeHello.pid}`));
  screen = '';
  await bot?.close();
  await seconds(() => expect(screen).toMatch(/no bot runs on this data directory|closed|ended/));
  expect(screen).not.toContain(LEAVE);
  stop.abort();
  expect((await watching).outcome).toBeUndefined();
  expect(screen.endsWith(LEAVE)).toBe(true);
});

test.each([true, false])(
  'watched from a pipe (json: %s): each status once, and no escape codes',
  async (json) => {
    let ran: Ran | undefined;
    const watching = watch({ json }).then((value) => {
      ran = value;
    });
    await startBot();
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    for (let at = 0; at < 10; at += 1) {
      vi.advanceTimersByTime(1000);
      await new Promise((done) => setTimeout(done, 30));
    }
    stop.abort();
    await watching;
    expect(screen).toBe('');
    expect(json ? ran?.documents : ran?.lines).toHaveLength(1);
    const words = JSON.stringify(json ? ran?.documents : ran?.lines);
    expect(words).toContain(json ? '"pid":' : `pid ${fakeHello.pid}`);
  },
);
