import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { createTradingBreaker, type TradingBreaker } from '../../src/bot/trading-breaker.ts';
import { DAY_MS } from '../../src/core/day-loss.ts';
import { openBreakerStore } from '../../src/state/breaker-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'pmcp-trading-'));
afterAll(() => rmSync(directory, { recursive: true }));

const HOUR = 3_600_000;
const limits = { maxDailyLossMicro: 100, maxConsecutiveLosses: 3, cooldownMs: HOUR };
let nowMs = 0;
let count = 0;
let path = '';
let seen: string[] = [];
let breaker: TradingBreaker;

function start(): TradingBreaker {
  const store = openBreakerStore({ path, nowMs, whenMissing: 'create' });
  const onChange = ({ entry }: { entry: { to: string; why: string } }) => {
    seen.push(`${entry.to} ${entry.why}`.trim());
  };
  return createTradingBreaker({ store, limits, now: () => nowMs, onChange });
}

beforeEach(() => {
  nowMs = 20_000 * DAY_MS + HOUR;
  path = join(directory, `breaker${count++}.json`);
  seen = [];
  breaker = start();
});

it('trips on the loss of the day, holds until the next, probes, and arms', () => {
  breaker.equity(1000);
  breaker.equity(901);
  expect(breaker.mayEnter()).toBe(true);
  breaker.equity(900);
  expect(breaker.mayEnter()).toBe(false);
  nowMs += 22 * HOUR;
  breaker.check({});
  expect(breaker.state().kind).toBe('tripped');
  nowMs += 2 * HOUR;
  breaker.check({});
  expect(breaker.state().kind).toBe('probing');
  breaker.equity(900);
  expect(breaker.state().kind).toBe('probing');
  breaker.probeEnded();
  expect(seen).toEqual(['tripped daily_loss: lost 0.0001 of 0.0001 USDC', 'probing', 'armed']);
});

it('keeps the loss across a restart', () => {
  breaker.equity(1000);
  breaker = start();
  breaker.equity(900);
  expect(breaker.state()).toMatchObject({ cause: 'daily_loss' });
  breaker = start();
  breaker.check({});
  expect(breaker.mayEnter()).toBe(false);
});

it('trips on losses in a row, and one more while probing trips again', () => {
  for (const pnl of [-1, -1, -1]) breaker.closed(pnl);
  expect(breaker.state()).toMatchObject({ cause: 'consecutive_losses' });
  nowMs += HOUR;
  breaker.check({});
  expect(breaker.state().kind).toBe('probing');
  breaker.closed(5);
  expect(breaker.state().kind).toBe('probing');
  breaker.closed(-1);
  expect(breaker.state()).toMatchObject({ kind: 'tripped', cause: 'probe_failed' });
});

it('trips on failing orders and on a failed probe', () => {
  for (let i = 0; i < 10; i++) breaker.orderEnded(i % 2 === 0);
  expect(breaker.state()).toMatchObject({ cause: 'failure_rate' });
  breaker.probeEnded();
  expect(breaker.state().kind).toBe('tripped');
  nowMs += HOUR;
  breaker.check({});
  breaker.probeEnded('rejected: no balance');
  expect(breaker.state()).toMatchObject({ cause: 'probe_failed', detail: 'rejected: no balance' });
});

it('trips on doubts, once', () => {
  breaker.check({ blind: 'silent for 40 s' });
  nowMs += 1000;
  breaker.check({ blind: 'silent for 41 s' });
  expect(seen).toEqual(['tripped discovery_blind: silent for 40 s']);
  nowMs += HOUR;
  breaker.check({ blind: 'silent for 3641 s' });
  expect(breaker.mayEnter()).toBe(false);
  expect(breaker.state().kind).toBe('tripped');
});
