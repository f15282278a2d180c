import { describe, expect, test } from 'vitest';
import { createDesk, type DeskOptions } from '../../../src/observe/alerts/desk.ts';
import { type PollerOptions, startPoller } from '../../../src/observe/alerts/poller.ts';
import { fakeDecision, fakeStatus } from '../../fakes/status.ts';
import { CHAT_ID, type FakeTelegram, USER_ID } from '../../fakes/telegram.ts';
import { apiOf, fakeTelegram, onEnd } from './harness.ts';

function poll(telegram: FakeTelegram, overrides: Partial<PollerOptions> = {}) {
  const stopping = new AbortController();
  onEnd(() => stopping.abort());
  const asked: string[] = [];
  const kept: string[] = [];
  let ignored = 0;
  const poller = startPoller({
    api: apiOf(telegram.url),
    chatId: CHAT_ID,
    userIds: new Set([String(USER_ID)]),
    offset: undefined,
    keepOffset: (offset) => kept.push(offset),
    answer: async ({ text }) => {
      asked.push(text);
      return `answer to ${text}`;
    },
    onIgnored: () => {
      ignored += 1;
    },
    signal: stopping.signal,
    holdSeconds: 1,
    backoffMs: 10,
    ...overrides,
  });
  return { poller, asked, kept, ignored: () => ignored };
}

describe('commands', () => {
  test('of the owners are answered, those of others ignored and counted', async () => {
    const telegram = await fakeTelegram();
    const { asked, kept, ignored } = poll(telegram);
    telegram.write('/status', { userId: 7 });
    telegram.write('/status', { chatId: '-5' });
    telegram.write('good morning');
    telegram.write('/status');
    await telegram.heard(/answer to \/status/);
    await expect.poll(() => kept.at(-1)).toBe('705');
    expect(asked).toEqual(['/status']);
    expect(ignored()).toBe(2);
  });

  test('are not answered twice after a restart', async () => {
    const telegram = await fakeTelegram();
    telegram.write('/one');
    telegram.write('/two');
    const { asked } = poll(telegram, { offset: '702' });
    await telegram.heard(/two/);
    expect(asked).toEqual(['/two']);
  });

  test('come in again after a failure, which is told meanwhile', async () => {
    const telegram = await fakeTelegram();
    telegram.fail('getUpdates', { status: 409, description: 'Conflict' }, Infinity);
    const { poller } = poll(telegram);
    await expect.poll(() => poller.problem()).toMatch(/its own TELEGRAM_BOT_TOKEN/);
    telegram.fail('getUpdates', { page: 502 }, Infinity);
    await expect.poll(() => poller.problem()).toMatch(/HTTP 502/);
    telegram.fail('getUpdates', { status: 500, description: 'oh' }, Infinity);
    await expect.poll(() => poller.problem()).toMatch(/500 oh/);
    telegram.heal();
    telegram.write('/one');
    await telegram.heard(/one/);
    expect(poller.problem()).toBeUndefined();
  });
});

function desk(overrides: Partial<DeskOptions> = {}) {
  const done: unknown[] = [];
  const health = {
    status: 'degraded',
    components: { main_bot: { status: 'critical', message: 'ill' } },
  };
  const answer = createDesk({
    environment: 'staging',
    monitor: {
      status: () => fakeStatus(),
      health: () => health as never,
      halt: async (request) => {
        done.push(request);
        return { ok: true, message: 'entries stopped' };
      },
    },
    history: {
      decisions: () => ({ decisions: [{ atMs: 0, event: fakeDecision() as never }], total: 1 }),
    },
    mcpLatch: () => ({ kind: 'armed' }),
    silence: (wanted) => done.push(wanted),
    ask: (wanted) => {
      done.push(wanted);
      return { ...wanted, code: 'SECRET', untilMs: 0 };
    },
    nowMs: () => 1_000_000,
    onCommand: (name, result) => done.push(`${name} ${result}`),
    ...overrides,
  });
  const say = (text: string, sentAtMs = 1_000_000) => answer({ text, userId: '42', sentAtMs });
  return { say, done };
}
const halted = { kind: 'halted', by: 'ann', reason: 'r', atMs: 9 } as const;
const breaker = { trading: halted, mcp: { kind: 'armed' } } as const;

describe('the desk', () => {
  test.each([
    ['/help', /\/positions open/],
    ['/start', /\/positions open/],
    ['/status', /paper, entering\nbreaker armed\nequity 1003\.12/],
    ['/positions', /Ghent.*: Yes\n {2}42\.70 USDC, \+2\.12, leader 0x1212…1212/],
    ['/pnl', /today \+3\.12 USDC/],
    ['/trades', /00:00:00 BUY 6\.84 USDC: Will it rain/],
    ['/health', /DEGRADED\nmain_bot CRITICAL: ill/],
    ['/breaker', /trading armed\nmcp armed\nmcp process armed/],
    ['/resume', /nothing to do: the breaker is armed/],
    ['/silence (a+)+ 3h', /say \/silence/],
    ['/silence mcp.*', /say \/silence/],
    ['/toString', /not known/],
  ])('answers %s', async (text, words) => {
    const { say } = desk();
    expect(await say(text)).toMatch(words);
    expect(await say(text)).toMatch(/^\[staging\] /);
  });

  test('halts and silences in the name of the user', async () => {
    const { say, done } = desk();
    expect(await say('/halt\u0007 odd fills')).toMatch(/not known/);
    expect(await say('/halt odd fills')).toContain('halted: entries stopped');
    expect(await say('/silence mcp.* 30m')).toContain('no alerts of mcp.* for 30 min');
    expect(done).toContainEqual({ reason: 'odd fills', by: 'Telegram user 42' });
    expect(done).toContainEqual({
      ...{ glob: 'mcp.*', spanMs: 1_800_000, by: 'Telegram user 42', reason: 'on Telegram' },
    });
  });

  test('only asks for what would loosen, and never says the code', async () => {
    const status = () => fakeStatus({ breaker });
    const { say, done } = desk({ monitor: { status, health: () => ({}) as never } as never });
    const reply = await say('/resume');
    expect(reply).toContain('pmcp approve');
    expect(reply).not.toContain('SECRET');
    expect(done).toContainEqual({
      ...{ verb: 'resume', by: 'Telegram user 42', mark: 'halted 9', state: 'halted by ann: r' },
    });
    expect(await say('/reset')).toContain('nothing to do');
  });

  test('what was said long ago is not carried out, but for a halt', async () => {
    const { say } = desk();
    expect(await say('/silence * 1h', 0)).toContain('send it again');
    expect(await say('/halt', 0)).toContain('halted');
  });

  test('says what it cannot do', async () => {
    const monitor = {
      status: () => undefined,
      health: () => {
        throw new Error('broken');
      },
      halt: async () => ({ ok: false, message: 'no bot' }),
    };
    const { say, done } = desk({ monitor: monitor as never });
    expect(await say('/status')).toContain('the bot is silent');
    expect(await say('/health')).toContain('failed: broken');
    expect(await say('/halt')).toContain('NOT halted: no bot');
    expect(done).toEqual(['status refused', 'health refused', 'halt refused']);
  });
});
