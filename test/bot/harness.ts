import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import type { Bot } from '../../src/bot/create-bot.ts';
import { startBot } from '../../src/bot/create-bot.ts';
import type { BotSettings, Patience } from '../../src/bot/parts.ts';
import type { Clock } from '../../src/clock.ts';
import type { Policy } from '../../src/core/decision.ts';
import { MICRO } from '../../src/core/money.ts';
import type { BotEvent } from '../../src/core/status.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import { type BreakerStore, openBreakerStore } from '../../src/state/breaker-store.ts';
import { type Journal, openJournal } from '../../src/state/journal.ts';
import type { Venue } from '../../src/venue/port.ts';
import { createFakeVenue, type FakeVenue } from '../fakes/fake-venue.ts';

export const LEADER = `0x${'ab'.repeat(20)}`;
export const OTHER = `0x${'cd'.repeat(20)}`;

export interface World {
  dir: string;
  venue: FakeVenue;
  clock: Clock & { skip(ms: number): void };
  events: BotEvent[];
  bot: Bot;
  journal: Journal;
  breaker: BreakerStore;
  /** A live row of the leader: BUY 100 at 0.50 of `rain-yes`, traded just now. */
  row(change?: Partial<TargetRow>): TargetRow;
  live(change?: Partial<TargetRow>): TargetRow;
  /** As a kill would: no goodbye, no flush. Then a new bot on the same journal and venue. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  decisions(): string[];
  close(): Promise<void>;
}

const POLICY: Policy = {
  sizing: { mode: 'proportional', ratio: 0.1 },
  minTradeMicro: MICRO,
  maxTradeMicro: 25 * MICRO,
  maxPositionMicro: 50 * MICRO,
  maxConcurrentPositions: 10,
  maxWalletExposureMicro: 200 * MICRO,
  maxMarketExposureMicro: 100 * MICRO,
  maxEventExposureMicro: 150 * MICRO,
  maxTotalExposureMicro: 500 * MICRO,
  maxSlippage: 0.05,
  maxTradeAgeMs: 30_000,
  maxBookAgeMs: 15_000,
  wallets: new Map([
    [LEADER, { enabled: true, label: 'leader' }],
    [OTHER, { enabled: true, label: 'other' }],
  ]),
  allowMarkets: new Set(),
  denyMarkets: new Set(),
};

const SETTINGS: BotSettings = {
  limits: { maxDailyLossMicro: 100 * MICRO, maxConsecutiveLosses: 5, cooldownMs: 3_600_000 },
  exits: { stopLoss: 0.15, takeProfit: 0.25, maxHoldingMs: 0, maxBookAgeMs: 15_000 },
  feedSilenceMs: 30_000,
  monitorIntervalMs: 15_000,
};

const PATIENCE: Patience = { gatherMs: 200, graceMs: 60, voidMs: 1200, lookMs: 20, holdMs: 0 };

export interface WorldOptions {
  policy?: Partial<Policy>;
  settings?: Partial<BotSettings>;
  patience?: Partial<Patience>;
  /** Before the bot starts. */
  prepare?(venue: FakeVenue): void;
  /** Return at once, without waiting for entries to open. */
  impatient?: boolean;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'pmcp-bot-'));
  let offset = Date.UTC(2026, 7, 28, 12) - Date.now();
  const clock: World['clock'] = {
    now: () => Date.now() + offset,
    speed: 1,
    realMs: (ms) => ms,
    skip: (ms) => {
      offset += ms;
    },
  };
  const venue = createFakeVenue(clock.now);
  venue.list('rain');
  venue.quote('rain-yes', 490_000, 500_000);
  venue.quote('rain-no', 490_000, 500_000);
  options.prepare?.(venue);
  let rows = 0;
  let dead = { value: false };

  const world: World = {
    dir,
    venue,
    clock,
    events: [],
    bot: undefined as unknown as Bot,
    journal: undefined as unknown as Journal,
    breaker: undefined as unknown as BreakerStore,
    row(change = {}) {
      rows += 1;
      const tokenId = change.tokenId ?? 'rain-yes';
      const name = tokenId.replace(/-(yes|no)$/, '');
      return {
        source: 'rtds_trades',
        wallet: LEADER,
        transactionHash: `0x${createHash('sha256').update(`${rows}`).digest('hex')}`,
        tokenId,
        conditionId: venue.list(name).conditionId,
        side: 'BUY',
        sizeMicro: 100 * MICRO,
        priceMicro: 500_000,
        tradedAtMs: Math.floor(clock.now() / 1000) * 1000,
        seenAtMs: clock.now(),
        receivedTick: performance.now(),
        outcome: 'Yes',
        outcomeIndex: 0,
        title: name,
        slug: name,
        eventSlug: name,
        ...change,
      };
    },
    live(change) {
      const row = world.row(change);
      venue.handlers.onRow(row);
      return row;
    },
    async crash() {
      dead.value = true;
      const silent = () => {};
      venue.handlers = {
        onRow: silent,
        onPage: silent,
        onQuarantine: silent,
        onTrade: silent,
        onOrder: silent,
        onMarket: silent,
      };
      world.journal.close();
      void world.bot.stop().catch(silent);
    },
    restart: () => start(),
    decisions: () =>
      world.events.flatMap((event) => (event.kind === 'decision' ? [event.reason] : [])),
    async close() {
      venue.release();
      await world.bot.stop().catch(() => {});
      rmSync(dir, { recursive: true, force: true });
    },
  };
  const start = async () => {
    dead = { value: false };
    const nowMs = clock.now();
    const path = join(dir, 'breaker.json');
    world.breaker = openBreakerStore({ path, nowMs, whenMissing: 'create' });
    world.journal = openJournal(join(dir, 'journal.db'));
    world.bot = await startBot({
      clock,
      venue: connection(venue, dead),
      journal: world.journal,
      breaker: world.breaker,
      settings: { ...SETTINGS, ...options.settings },
      policy: { ...POLICY, ...options.policy },
      patience: { ...PATIENCE, ...options.patience },
      emit: (event) => void world.events.push(event),
    });
    if (options.impatient !== true) await until(() => !world.bot.parts.guard.has('starting'));
  };
  await start();
  return world;
}

/** Opens worlds that end with their test. */
export function worldsOfTests(): typeof createWorld {
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  return async (options) => {
    const world = await createWorld(options);
    worlds.push(world);
    return world;
  };
}

/** The venue as one process sees it: once that is dead, nothing is answered any more. */
function connection(venue: FakeVenue, dead: { value: boolean }): Venue {
  return new Proxy<Venue>(venue, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof value !== 'function' || !dead.value || key === 'close') return value;
      return key === 'sign' ? value : () => new Promise(() => {});
    },
  });
}

/** Polls until the condition holds; its text is the failure. */
export async function until(condition: () => boolean, timeoutMs = 4000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came true: ${condition.toString()}`);
    await sleep(5);
  }
}

export const notices = (world: World): string[] =>
  world.events.flatMap((event) => (event.kind === 'notice' ? [event.message] : []));

export const settled = (world: World) => until(() => world.bot.parts.orders.count === 0);
export const totals = (world: World) => world.bot.parts.books.ledger.totals();

export function confirmAll({ venue }: World): void {
  for (const trade of venue.trades) if (trade.status === 'MATCHED') venue.confirm(trade);
}
