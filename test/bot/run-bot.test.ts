import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CloseReport } from '../../src/bot/operator-verbs.ts';
import { type Running, runBot } from '../../src/bot/run-bot.ts';
import { formatClock, parseClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { MICRO } from '../../src/core/money.ts';
import type { BotEvent } from '../../src/core/status.ts';
import { InconclusiveError, RefusedError, UsageError } from '../../src/errors.ts';
import { startExchange } from '../../src/exchange/server.ts';
import { callControl } from '../../src/host/control-client.ts';
import { readStatusOnce } from '../../src/observe/status-client.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { until } from './harness.ts';

const dir = mkdtempSync(join(tmpdir(), 'pmcp-run-'));
const clock = parseClock(formatClock(Date.now(), Date.now(), 20));
const closing: (() => unknown)[] = [];
/** When the loop said that its next cycle is due. */
const cycles: number[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(dir, { recursive: true, force: true });
});

const start = async (port: number, events: BotEvent[], signal = new AbortController().signal) => {
  const env = { EXCHANGE_PORT: String(port), WALLETS_FILE: join(dir, 'wallets.json') };
  const config = await loadConfig({ flags: {}, env, directory: dir });
  return runBot({
    config,
    clock,
    dataDir: dir,
    release: 'test',
    onCycle: (nextMs) => cycles.push(nextMs),
    onEvent: (event) => events.push(event),
    signal,
  });
};
const ask = <T>(verb: string, args: object = {}) =>
  callControl({
    socketPath: pathsOf(dir).controlSocket,
    verb,
    args: { by: 'ann', ...args },
  }) as Promise<T>;

describe('the whole bot on the paper exchange', () => {
  it('copies, answers its sockets, and goes on after a restart', async () => {
    const exchange = await startExchange({
      host: '127.0.0.1',
      port: 0,
      clock,
      scenario: 'volatile',
      seed: 5,
      balanceMicro: 1000 * MICRO,
      onError: () => {},
    });
    closing.push(() => exchange.close());
    const port = Number(new URL(exchange.url).port);
    const events: BotEvent[] = [];
    let running: Running = await start(port, events);
    closing.push(() => running.stop());
    await expect(start(port, [])).rejects.toThrow(RefusedError);
    const { parts } = running.bot;
    await until(() => parts.books.ledger.positions().length > 0, 20_000);

    await until(() => cycles.length > 1, 10_000);
    expect(cycles[0], 'the status is published every second').toBe(1000);
    const seen = await readStatusOnce(pathsOf(dir).statusSocket, 3000);
    expect(seen).toMatchObject({ hello: { mode: 'paper', release: 'test' } });
    await until(() => running.bot.status().components.main_bot.status === 'healthy', 10_000);
    expect(running.bot.status().followedWallets).toBeGreaterThan(1);

    const [wallet] = parts.policy().wallets.keys();
    writeFileSync(join(dir, 'wallets.json'), JSON.stringify({ target_wallets: [wallet] }));
    await until(() => parts.policy().wallets.size === 1, 6000);

    await ask('halt', { reason: 'test' });
    expect(running.bot.status()).toMatchObject({ entriesAllowed: false });
    await until(() => parts.orders.count + parts.orders.trades.size === 0, 20_000);
    await expect(ask('positions.close', { token: 7 })).rejects.toThrow(UsageError);
    await expect(ask('positions.close', { token: '123' })).rejects.toThrow(/nothing of it is held/);
    const report = await ask<CloseReport>('positions.close', { token: 'all' });
    expect(report.closing.length + report.refused.length).toBeGreaterThan(0);
    await until(() => parts.orders.count + parts.orders.trades.size === 0, 20_000);
    const cash = parts.books.ledger.totals().cashMicro;
    await running.stop();
    expect(await ask('breaker.status')).toBeUndefined();

    running = await start(port, events);
    expect(running.bot.parts.books.ledger.totals().cashMicro).toBe(cash);
    await until(() => !running.bot.parts.guard.has('starting'), 10_000);
    // A reset ends no halt; closing everything may have tripped the breaker beneath it.
    const { trading } = running.bot.status().breaker;
    expect(trading.kind).toBe('halted');
    const beneath = trading.kind === 'halted' && trading.under ? ['trading'] : [];
    expect(await ask('breaker.reset', {})).toMatchObject({ changed: beneath });
    expect(running.bot.status().breaker.trading).toMatchObject({ kind: 'halted' });
  }, 90_000);

  it('waits for a venue that does not answer, until it is told to stop', async () => {
    const events: BotEvent[] = [];
    const abort = new AbortController();
    const other = mkdtempSync(join(tmpdir(), 'pmcp-run-'));
    closing.push(() => rmSync(other, { recursive: true, force: true }));
    const env = { EXCHANGE_PORT: '1' };
    const config = await loadConfig({ flags: {}, env, directory: other });
    const waiting = runBot({
      config,
      clock,
      dataDir: other,
      release: 'test',
      onCycle: () => {},
      onEvent: (event) => events.push(event),
      signal: abort.signal,
    });
    waiting.catch(() => {});
    await until(() => events.length > 0);
    expect(events[0]).toMatchObject({ kind: 'notice', level: 'warning' });
    abort.abort(new InconclusiveError('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
