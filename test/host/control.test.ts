import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBreakerVerbs } from '../../src/bot/breaker-verbs.ts';
import { operate, whoDid } from '../../src/bot/operate.ts';
import { FailedError, InconclusiveError, RefusedError, UsageError } from '../../src/errors.ts';
import { callControl } from '../../src/host/control-client.ts';
import {
  type ControlHandlers,
  createControlServer,
  MAX_LINE_CHARS,
} from '../../src/host/control-server.ts';
import { acquireLock } from '../../src/host/lock.ts';
import { openBreakerStore } from '../../src/state/breaker-store.ts';
import { pathsOf } from '../../src/state/paths.ts';

let dataDir = '';
let socketPath = '';
let closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'pmcp-control-'));
  socketPath = pathsOf(dataDir).controlSocket;
  closing = [];
});
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  rmSync(dataDir, { recursive: true });
});

async function serve(handlers: ControlHandlers): Promise<void> {
  const server = await createControlServer(socketPath, handlers);
  closing.push(() => server.close());
}

/** Sends text as it is and collects all replies until `count` came or the server hung up. */
async function raw(text: string, count: number): Promise<Record<string, unknown>[]> {
  const socket = createConnection(socketPath);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
    if (received.split('\n').length > count) socket.destroy();
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return received
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const echo: ControlHandlers = {
  echo: (args) => ({ args }),
  slow: async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { slow: true };
  },
  refuse: () => {
    throw new RefusedError('not now', { hint: 'later' });
  },
  break: () => {
    throw new TypeError('bug');
  },
};

describe('the socket', () => {
  it('is for its owner only', async () => {
    await serve(echo);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'run')).mode & 0o777).toBe(0o700);
  });

  it('answers in order, whatever each verb takes', async () => {
    await serve(echo);
    const replies = await raw('{"verb":"slow"}\n\n{"verb":"echo","a":1}\n', 2);
    expect(replies).toEqual([
      { ok: true, data: { slow: true } },
      { ok: true, data: { args: { a: 1 } } },
    ]);
  });

  it.each([
    ['nonsense', 'not a line of JSON'],
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{}', 'verb undefined is not known'],
    ['{"verb":"toString"}', 'verb "toString" is not known'],
    ['{"verb":"__proto__"}', 'verb "__proto__" is not known'],
    ['{"verb":{"a":1}}', 'verb {"a":1} is not known'],
  ])('answers %s with one error and goes on', async (line, message) => {
    await serve(echo);
    const [bad, good] = await raw(`${line}\n{"verb":"echo"}\n`, 2);
    expect(bad).toMatchObject({ ok: false, error: { message, exitCode: 2 } });
    expect(good).toMatchObject({ ok: true });
  });

  it('hangs up on an endless line, and serves the next client', async () => {
    await serve(echo);
    const [reply] = await raw('x'.repeat(MAX_LINE_CHARS + 1), 9);
    expect(reply).toMatchObject({ ok: false });
    expect(await callControl({ socketPath, verb: 'echo' })).toEqual({ args: {} });
  });

  it('survives any bytes', async () => {
    await serve(echo);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const socket = createConnection(socketPath);
        socket.on('error', () => {});
        socket.end(bytes);
        socket.resume();
        await once(socket, 'close');
      }),
      { numRuns: 100 },
    );
    expect(await callControl({ socketPath, verb: 'echo' })).toEqual({ args: {} });
  });

  it('lets a client go that does not wait for its answer', async () => {
    await serve(echo);
    const socket = createConnection(socketPath);
    socket.write('{"verb":"slow"}\n');
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await callControl({ socketPath, verb: 'echo' })).toEqual({ args: {} });
  });
});

describe('the client', () => {
  it('gives the answer, or throws what the bot refused with', async () => {
    await serve(echo);
    expect(await callControl({ socketPath, verb: 'echo', args: { a: 1 } })).toEqual({
      args: { a: 1 },
    });
    const refused = callControl({ socketPath, verb: 'refuse' });
    await expect(refused).rejects.toMatchObject({ message: 'not now', hint: 'later', exitCode: 3 });
    await expect(callControl({ socketPath, verb: 'break' })).rejects.toThrow(FailedError);
    await expect(callControl({ socketPath, verb: 'nothing' })).rejects.toThrow(UsageError);
  });

  it('says undefined when no bot is there: no file, or a dead one', async () => {
    expect(await callControl({ socketPath, verb: 'echo' })).toBeUndefined();
    mkdirSync(join(dataDir, 'run'));
    writeFileSync(socketPath, '');
    expect(await callControl({ socketPath, verb: 'echo' })).toBeUndefined();
  });

  const answers: [string, string, RegExp][] = [
    ['silence', '', /did not answer within 50 ms/],
    ['hanging up', 'END', /without an answer/],
    ['nonsense', 'nonsense\n', /not a bot's/],
    ['half an answer', '{"ok":true}\n', /not a bot's/],
    ['no error', '{"ok":false}\n', /not a bot's/],
    ['an endless answer', 'x'.repeat(65 * MAX_LINE_CHARS), /endless answer/],
    ['something inconclusive', '{"ok":false,"error":{"message":"m","exitCode":4}}\n', /^m$/],
  ];
  it.each(answers)('is clear about %s', async (_, answer, message) => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {});
      if (answer === 'END') socket.end();
      else socket.write(answer);
    });
    mkdirSync(join(dataDir, 'run'));
    server.listen(socketPath);
    closing.push(async () => server.close());
    const call = callControl({ socketPath, verb: 'x', timeoutMs: answer === '' ? 50 : 5000 });
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(InconclusiveError);
  });

  it('is clear about a path that cannot be', async () => {
    await expect(
      callControl({ socketPath: join(dataDir, 'x'.repeat(200)), verb: 'x' }),
    ).rejects.toThrow();
  });
});

const NOW = 1_700_000_000_000;
const by = 'ann';
function run(verb: string, args: Record<string, unknown> = {}, more: object = {}) {
  return operate({ dataDir, verb, args: { by, ...args }, nowMs: NOW, ...more });
}

describe('breaker verbs', () => {
  const store = () =>
    openBreakerStore({ path: pathsOf(dataDir).breaker, nowMs: NOW, whenMissing: 'create' });

  it('change the saved state, under the lock, when no bot runs', async () => {
    const halted = await run('halt', { reason: 'look' });
    expect(halted).toMatchObject({ via: 'store', data: { changed: ['trading'] } });
    expect(await run('halt', { reason: 'again' })).toMatchObject({ data: { changed: [] } });
    expect(store().state('trading')).toMatchObject({ kind: 'halted', by, reason: 'look' });
    await run('breaker.trip', { reason: 'odd', latch: 'mcp' });
    expect(store().state('mcp')).toMatchObject({ cause: 'operator', detail: 'odd', untilMs: null });
    expect(await run('resume', { reason: 'fine' })).toMatchObject({
      data: { changed: ['trading'] },
    });
    await run('breaker.reset', { latch: 'mcp' });
    expect(store().state('mcp').kind).toBe('armed');
    const history = await run('breaker.history', { limit: 3 });
    expect(history.data).toMatchObject({
      entries: [
        { event: 'reset', by, why: '' },
        { event: 'resume', by, why: 'fine' },
        { event: 'trip', by, why: 'operator: odd' },
      ],
    });
  });

  it('ask the running bot instead, which tells its listeners', async () => {
    const running = store();
    const told: string[] = [];
    await serve(
      createBreakerVerbs({
        store: running,
        now: () => NOW,
        onChange: ({ latch, to }) => told.push(`${latch} ${to.kind}`),
      }),
    );
    const lock = acquireLock(pathsOf(dataDir).lock, 'pmcp bot');
    expect(await run('halt', { reason: 'look' })).toMatchObject({ via: 'bot' });
    expect(running.state('trading').kind).toBe('halted');
    expect(await run('resume')).toMatchObject({ via: 'bot', data: { changed: ['trading'] } });
    expect(await run('breaker.history')).toMatchObject({ data: { entries: { length: 2 } } });
    expect(told).toEqual(['trading halted', 'trading armed']);
    lock.release();
  });

  it('wait for a bot that is starting, and name it when it takes too long', async () => {
    const lock = acquireLock(pathsOf(dataDir).lock, 'pmcp bot');
    const refused = run('halt', { reason: 'look' }, { patienceMs: 50 });
    await expect(refused).rejects.toThrow('held by pmcp bot');
    await expect(refused).rejects.toBeInstanceOf(RefusedError);
    const waiting = run('halt', { reason: 'look' });
    setTimeout(() => lock.release(), 150);
    expect(await waiting).toMatchObject({ via: 'store', data: { changed: ['trading'] } });
  });

  it('look without writing anything', async () => {
    rmSync(join(dataDir, 'run'), { recursive: true, force: true });
    const seen = await run('breaker.status', {}, { readOnly: true });
    expect(seen).toMatchObject({ via: 'store', data: { latches: { trading: { kind: 'armed' } } } });
    expect(() => statSync(pathsOf(dataDir).breaker)).toThrow(/ENOENT/);
    writeFileSync(pathsOf(dataDir).breaker, 'damaged');
    const bad = await run('breaker.status', {}, { readOnly: true });
    expect(bad.data).toMatchObject({ latches: { trading: { kind: 'halted' } } });
    expect(readFileSync(pathsOf(dataDir).breaker, 'utf8')).toBe('damaged');
  });

  it('resume every latch that damaged state halted, and no trip', async () => {
    writeFileSync(pathsOf(dataDir).breaker, 'damaged');
    const { data } = await run('resume');
    expect(data).toMatchObject({ changed: ['trading', 'mcp', 'search', 'testing', 'monitoring'] });
    await run('breaker.trip', { reason: 'odd' });
    expect((await run('resume')).data).toMatchObject({
      changed: [],
      latches: { trading: { kind: 'tripped' } },
    });
  });

  it.each([
    ['halt', {}, 'reason: must be a text of 1 to 500 characters'],
    ['halt', { reason: '  ' }, 'reason: must be a text'],
    ['halt', { reason: 'x'.repeat(501) }, 'reason: must be a text'],
    ['halt', { reason: 'a\u001b[2J' }, 'reason: must not hold control characters'],
    ['halt', { reason: 'a', by: 7 }, 'by: must be a text'],
    ['resume', { by: '' }, 'by: must be a text'],
    ['breaker.trip', { reason: 'a', latch: 'tradin' }, 'latch: "tradin" is not known'],
    ['breaker.reset', { reason: 5 }, 'reason: must be a text'],
    ['breaker.history', { limit: 0 }, 'limit: 0 is not a whole number from 1'],
    ['breaker.history', { limit: 'x' }, 'limit: "x" is not a whole number from 1'],
  ])('%s refuses %j', async (verb, args, message) => {
    await expect(run(verb, args)).rejects.toThrow(message);
    await expect(run(verb, args)).rejects.toBeInstanceOf(UsageError);
  });

  it('say when the state cannot be kept, and trading stands still', async () => {
    const running = store();
    const verbs = createBreakerVerbs({ store: running, now: () => NOW });
    rmSync(dataDir, { recursive: true });
    expect(() => verbs['halt']?.({ reason: 'look', by })).toThrow(/trading is halted until it can/);
    expect(running.state('trading').kind).toBe('halted');
    mkdirSync(dataDir);
    expect(verbs['resume']?.({ by })).toMatchObject({ changed: ['trading'] });
  });

  it('that only a bot knows need one', async () => {
    await expect(run('positions.close')).rejects.toThrow('no bot is running');
    expect(whoDid('bot', dataDir)).toBe('by the running bot');
    expect(whoDid('store', '/d')).toBe('in /d, where no bot is running');
  });
});
