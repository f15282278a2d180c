import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CHAT_ID,
  type FakeTelegram,
  startFakeTelegram,
  TOKEN,
  USER_ID,
} from '../fakes/telegram.ts';
import { freePort, type Running, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

/**
 * Exchange, bot and mcp as processes of their own: killed and stopped bots are seen through to the
 * message in the chat and to its resolution; commands from the chat reach the bot.
 */
let telegram: FakeTelegram;
let env: Record<string, string>;
let exchange: Running;
let bot: Running;
let mcp: Running;
const dataDir = temporaryDirectory();
const output: string[] = [];

beforeAll(async () => {
  telegram = await startFakeTelegram();
  env = {
    DATA_DIR: dataDir,
    EXCHANGE_PORT: String(await freePort()),
    DASHBOARD_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    MCP_HTTP_PORT: String(await freePort()),
    MONITOR_INTERVAL_SECONDS: '1',
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_CHAT_ID: CHAT_ID,
    TELEGRAM_USER_IDS: String(USER_ID),
    WALLETS_FILE: join(dataDir, 'wallets.json'),
    ALERT_COOLDOWN_MINUTES: '0',
    DUPLICATE_ALERT_WINDOW_MINUTES: '0',
  };
  exchange = startPmcp(['exchange'], { dataDir, env });
  await exchange.waitFor(/\d/);
  bot = await startBot();
  mcp = startPmcp(['mcp'], { dataDir, env });
  await mcp.waitFor(/mcp +http/);
}, 60_000);

afterAll(async () => {
  await Promise.all([mcp, bot, exchange].map((one) => one?.stop()));
  await telegram.close();
});

async function startBot(): Promise<Running> {
  const started = startPmcp(['bot'], { dataDir, env });
  const deadline = Date.now() + 20_000;
  while ((await pmcp('status', '--json')).code !== 0) {
    if (Date.now() > deadline) throw new Error(`no bot: ${started.stdout()}${started.stderr()}`);
  }
  return started;
}

async function pmcp(...args: string[]) {
  const exit = await runPmcp(args, { dataDir, env });
  output.push(exit.stdout, exit.stderr);
  return exit;
}

/** Waits for news that come after this moment. */
function next(pattern: RegExp, timeoutMs = 15_000) {
  const count = telegram.messages.length;
  const fresh = { test: (text: string) => pattern.test(text) };
  return (async () => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = telegram.messages.slice(count).find(({ text }) => fresh.test(text));
      if (found) return found;
      if (Date.now() > deadline) {
        throw new Error(
          `${pattern} not heard; only ${JSON.stringify(telegram.messages.slice(count))}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
}

describe('a bot that dies', () => {
  test('is told within two checks, and its return too', async () => {
    const told = next(/CRITICAL: The bot is down/);
    await bot.kill();
    const killedAtMs = Date.now();
    expect((await told).atMs - killedAtMs).toBeLessThan(4_000);
    expect((await told).text).toMatch(/^\[development\] CRITICAL: The bot is down/);
    const listed = JSON.parse((await pmcp('alerts', 'list', '--json')).stdout);
    expect(listed).toMatchObject({ schema: 'pmcp.alerts', via: 'mcp' });
    const keys = listed.alerts.map((one: { key: string }) => one.key);
    // What lives in the bot is hidden by it; what does not may be open on a busy host.
    expect(keys.filter((key: string) => /^(?:bot|risk)/.test(key))).toEqual(['bot.down']);
    const back = next(/RESOLVED: The bot is down/, 40_000);
    bot = await startBot();
    expect((await back).quiet).toBe(true);
  }, 60_000);

  test('and one that hangs', async () => {
    const told = next(/CRITICAL: The bot hangs/);
    const back = next(/RESOLVED: The bot hangs/, 30_000);
    process.kill(bot.pid, 'SIGSTOP');
    try {
      await told;
    } finally {
      process.kill(bot.pid, 'SIGCONT');
    }
    await back;
  });
});

describe('the monitor itself', () => {
  test('stopped for a while, or killed, invents nothing and repeats nothing', async () => {
    const count = telegram.messages.length;
    const ofBot = () =>
      telegram.messages.slice(count).filter(({ text }) => /The bot (?:is down|hangs)/.test(text));
    process.kill(mcp.pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    process.kill(mcp.pid, 'SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(ofBot()).toEqual([]);
    await mcp.kill();
    await bot.kill();
    mcp = startPmcp(['mcp'], { dataDir, env });
    const told = next(/CRITICAL: The bot is down/, 20_000);
    await told;
    // Killed before it could note the answer it would send again, and say so.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await mcp.kill();
    mcp = startPmcp(['mcp'], { dataDir, env });
    await mcp.waitFor(/mcp +http/);
    const back = next(/RESOLVED: The bot is down/, 40_000);
    bot = await startBot();
    await back;
    expect(ofBot().map(({ text }) => text.match(/CRITICAL|RESOLVED/)?.[0])).toEqual([
      ...['CRITICAL', 'RESOLVED'],
    ]);
  }, 120_000);
});

describe('the chat', () => {
  test('shows what is going on', async () => {
    const status = next(/paper, .*\nbreaker armed/);
    telegram.write('/status');
    await status;
    const health = next(/main_bot/);
    telegram.write('/health@pmcp_bot');
    await health;
  });

  test('halts, and cannot resume by itself', async () => {
    const halted = next(/halted: /);
    telegram.write('/halt spreads look odd');
    await halted;
    await next(/WARNING: The trading breaker is not armed/);
    const state = JSON.parse((await pmcp('breaker', 'status', '--json')).stdout);
    expect(state.latches.trading).toMatchObject({ kind: 'halted', reason: 'spreads look odd' });

    const asked = next(/pmcp approve/);
    telegram.write('/resume');
    const reply = await asked;
    const waiting = JSON.parse((await pmcp('approve', '--json')).stdout).waiting;
    expect(waiting).toMatchObject([{ verb: 'resume', by: 'Telegram user 42' }]);
    expect(reply.text).not.toContain(waiting[0].code);
    await mcp.waitFor(new RegExp(`pmcp approve ${waiting[0].code}`));
    expect((await pmcp('approve', 'AAAAAA')).code).toBe(3);

    const resolved = next(/RESOLVED: The trading breaker/);
    expect((await pmcp('approve', waiting[0].code)).code).toBe(0);
    await resolved;
    expect((await pmcp('approve', waiting[0].code)).code).toBe(3);
  });

  test('cannot reset by itself either', async () => {
    const nothing = next(/nothing to do: the breaker is armed/);
    telegram.write('/reset');
    await nothing;
    const tripped = next(/CRITICAL: The trading breaker/);
    await pmcp('breaker', 'trip', 'odd fills');
    await tripped;
    const asked = next(/pmcp approve/);
    telegram.write('/reset');
    await asked;
    const [{ code, verb }] = JSON.parse((await pmcp('approve', '--json')).stdout).waiting;
    expect(verb).toBe('breaker.reset');
    expect(JSON.stringify(telegram.messages)).not.toContain(code);
    const resolved = next(/RESOLVED: The trading breaker/);
    expect((await pmcp('approve', code.toLowerCase())).stdout).toContain('trading is armed');
    await resolved;
  });

  test('an approval does not count for a later halt', async () => {
    await pmcp('halt', 'first');
    await next(/WARNING: The trading breaker/);
    const asked = next(/pmcp approve/);
    telegram.write('/resume');
    await asked;
    const [{ code }] = JSON.parse((await pmcp('approve', '--json')).stdout).waiting;
    await pmcp('resume');
    await pmcp('halt', 'second');
    const refused = await pmcp('approve', code);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('halted by');
    await pmcp('resume');
  });

  test('ignores strangers, and counts them', async () => {
    telegram.write('/halt ha', { userId: 666 });
    telegram.write('/halt ha', { chatId: '-99' });
    const answered = next(/What this bot understands/);
    telegram.write('/help');
    await answered;
    const metrics = await (await fetch(`http://127.0.0.1:${env['METRICS_PORT']}/metrics`)).text();
    expect(metrics).toMatch(/pmcp_telegram_commands_total\{command="any",result="ignored"\} 2/);
    expect(metrics).toMatch(/pmcp_alerts_total\{severity="critical",result="sent"\} \d/);
    const { latches } = JSON.parse((await pmcp('breaker', 'status', '--json')).stdout);
    expect(latches.trading.kind).toBe('armed');
  });
});

describe('a Telegram that fails', () => {
  const refused = (status: number, parameters?: object) => ({
    ...{ status, description: `answer ${status}` },
    ...(parameters && { parameters }),
  });
  const alertSystem = async () => {
    const url = `http://127.0.0.1:${env['DASHBOARD_PORT']}/health`;
    const { components } = (await (await fetch(url)).json()) as {
      components: Record<string, { status: string; message: string }>;
    };
    return `${components['alert_system']?.status}: ${components['alert_system']?.message}`;
  };
  /** From the first warning on: the end of an earlier one may still be under way. */
  const toldOfBreaker = (from: number) =>
    telegram.messages
      .slice(from)
      .flatMap(({ text }) => text.match(/(?:WARNING|RESOLVED): The trading breaker/g) ?? [])
      .join(', ')
      .replace(/^(?:RESOLVED: The trading breaker, )+/, '');
  const isQuiet = () =>
    expect
      .poll(async () => (await pmcp('alerts', 'list')).stdout, { timeout: 15_000 })
      .not.toContain('risk.breaker');

  test.each([
    ['429, for as long as it says', refused(429, { retry_after: 3 }), 1, 2_900],
    ['503', refused(503), 2, 2_500],
  ])('%s: the alert comes later, once', async (_name, fault, times, leastMs) => {
    await isQuiet();
    const from = telegram.messages.length;
    telegram.fail('sendMessage', fault, times);
    const told = next(/WARNING: The trading breaker/);
    const calls = () => telegram.calls.filter(({ method }) => method === 'sendMessage').length;
    const before = calls();
    await pmcp('halt', 'while Telegram fails');
    await expect.poll(calls, { timeout: 10_000 }).toBeGreaterThan(before);
    const triedAtMs = Date.now();
    expect((await told).atMs - triedAtMs).toBeGreaterThan(leastMs - 300);
    const over = next(/RESOLVED: The trading breaker/);
    await pmcp('resume');
    await over;
    expect(toldOfBreaker(from)).toBe('WARNING: The trading breaker, RESOLVED: The trading breaker');
  });

  test('a hang: nothing else waits for it, and the repeat says that it may be one', async () => {
    await isQuiet();
    telegram.fail('sendMessage', 'hang');
    const first = next(/WARNING: The trading breaker/);
    await pmcp('halt', 'while Telegram hangs');
    await first;
    const answers = await Promise.all([alertSystem(), pmcp('status', '--json')]);
    expect(answers[1].code).toBe(0);
    const again = next(/^\(may be a repeat\)\n.*WARNING: The trading breaker/s, 25_000);
    await again;
    const over = next(/RESOLVED: The trading breaker/);
    await pmcp('resume');
    await over;
  }, 60_000);

  test('a wrong chat: a person is told what to do, and then what waited arrives', async () => {
    telegram.fail('sendMessage', { status: 400, description: 'Bad Request: chat not found' }, 1);
    const asked = await pmcp('alerts', 'test');
    expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('TELEGRAM_CHAT_ID')]);
    await expect.poll(alertSystem, { timeout: 10_000 }).toMatch(/^critical: .*chat not found/);
    expect((await pmcp('alerts', 'list')).stdout).toContain('mcp.alerts');
    expect((await pmcp('alerts', 'test')).stdout).toContain('delivered');
    await expect.poll(alertSystem, { timeout: 10_000 }).toMatch(/^healthy/);
  }, 40_000);
});

describe('the operator', () => {
  test('tests the chat, silences and acknowledges', async () => {
    const tested = await pmcp('alerts', 'test');
    expect(tested.stdout).toMatch(/delivered in \d+ ms/);
    expect((await pmcp('alerts', 'silence', 'risk.*', '--for', '1h')).code).toBe(0);
    const ofBreaker = async (): Promise<{ id: string; detail: string } | undefined> => {
      const { alerts } = JSON.parse((await pmcp('alerts', 'list', '--json')).stdout);
      return alerts.find((one: { key: string }) => one.key === 'risk.breaker');
    };
    // The one before is over first.
    await expect.poll(ofBreaker, { timeout: 10_000 }).toBeUndefined();
    const count = telegram.messages.length;
    await pmcp('halt', 'silently');
    await expect.poll(ofBreaker, { timeout: 10_000 }).toBeDefined();
    const alert = await ofBreaker();
    expect(alert?.detail).toContain('silently');
    const acked = await pmcp('alerts', 'ack', alert?.id ?? '', '--false-positive');
    expect(acked.stdout).toContain('a false positive');
    const told = telegram.messages.slice(count).map(({ text }) => text);
    expect(told.filter((text) => text.includes('breaker is not armed'))).toEqual([]);
    await pmcp('resume');
  });
});

describe('maintenance', () => {
  test('holds back what the work explains, and nothing that is urgent', async () => {
    const missing = await pmcp('maintenance', 'begin', '--for', '15m');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--reason')]);
    expect((await pmcp('maintenance', 'begin', '--for', '2h', '--reason', 'x')).code).toBe(2);
    const begun = next(/MAINTENANCE for 15 min at most, until .*deploy by ann: release 7/);
    const work = ['--for', '15m', '--reason', 'release 7', '--kind', 'deploy', '--by', 'ann'];
    expect((await pmcp('maintenance', 'begin', ...work)).stdout).toMatch(
      /deploy by ann: release 7/,
    );
    expect((await begun).quiet).toBe(true);
    const count = telegram.messages.length;
    await pmcp('breaker', 'trip', '--latch', 'mcp', 'to be replaced');
    await expect
      .poll(async () => (await pmcp('alerts', 'list')).stdout, { timeout: 10_000 })
      .toContain('mcp.breaker');
    const down = next(/CRITICAL: The bot is down/);
    await bot.kill();
    await down;
    const back = next(/RESOLVED: The bot is down/, 40_000);
    bot = await startBot();
    await back;
    expect(telegram.messages.slice(count).filter(({ text }) => text.includes('mcp.'))).toEqual([]);
    // A new process of ours knows of it.
    await mcp.stop();
    mcp = startPmcp(['mcp'], { dataDir, env });
    await mcp.waitFor(/mcp +http/);
    const status = JSON.parse((await pmcp('maintenance', 'status', '--json')).stdout);
    expect(status).toMatchObject({
      ...{ schema: 'pmcp.maintenance', version: 1, via: 'mcp' },
      maintenance: { maintenance: 'deploy', by: 'ann', reason: 'release 7' },
    });
    const told = next(/WARNING: The MCP breaker is not armed/);
    const over = next(/MAINTENANCE OVER, deploy by/);
    expect((await pmcp('maintenance', 'end')).stdout).toContain('maintenance of ann is over');
    await over;
    await told;
    const resolved = next(/RESOLVED: The MCP breaker/);
    await pmcp('breaker', 'reset', '--latch', 'mcp');
    await resolved;
    expect((await pmcp('maintenance', 'status')).stdout).toBe('no maintenance\n');
    const page = await fetch(`http://127.0.0.1:${env['DASHBOARD_PORT']}/api/history?span=15m`);
    expect(await page.text()).toMatch(/"kind":"deploy","detail":"release /);
  }, 90_000);
});

test('nothing that was printed, kept or answered holds the token', async () => {
  const pages = ['/health', '/'].map(async (path) =>
    (await fetch(`http://127.0.0.1:${env['DASHBOARD_PORT']}${path}`)).text(),
  );
  const metrics = await (await fetch(`http://127.0.0.1:${env['METRICS_PORT']}/metrics`)).text();
  const kept = ['monitor.db', 'monitor.db-wal'].map((name) =>
    readFileSync(join(dataDir, name), 'latin1'),
  );
  const told = telegram.messages.map(({ text }) => text);
  const all = [...output, ...(await Promise.all(pages)), metrics, ...kept, ...told];
  all.push(mcp.stdout(), mcp.stderr(), bot.stdout(), bot.stderr());
  expect(all.join('\n')).not.toContain(TOKEN.slice(10));
  expect(telegram.calls.every(({ token }) => token === TOKEN)).toBe(true);
});
