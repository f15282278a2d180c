import { floorTo, MICRO, sharesFor } from '../../core/money.ts';
import type { ActivityRow, ExchangeEngine } from '../engine.ts';
import { createPrng, type Prng } from '../prng.ts';
import { Refusal, type Route, recordBody } from './http.ts';

/**
 * A load for benchmarks: fills of the leaders appear on the feed at a fixed rate, whatever becomes
 * of them (open loop), each in its own slot of time at a drawn moment, so that the load falls in
 * step with no timer. What is reported starts at the moment a fill was meant to appear: a stall of
 * anything, this process included, cannot hide in it.
 */
export interface LoadPlan {
  /** Fills of leaders. */
  copiesPerSecond: number;
  /** Fills of wallets that nobody follows. */
  othersPerSecond: number;
  /** Cash behind each fill of a leader. */
  usdc: number;
  seed: number;
}

export interface LoadReport {
  /** Number of the fill (the first 16 digits of its transaction hash), meant for, and sent at. */
  sent: [number: number, meantMs: number, sentMs: number][];
  /** Orders of API accounts since, in the same milliseconds. */
  orders: [orderId: string, atMs: number][];
  /** Fills that no market was fit for. */
  unfit: number;
  /** All that was sent, of leaders and others. */
  rows: number;
}

/** A reader that never comes must not fill the memory. */
const MOST_KEPT = 200_000;
const MOST_AT_ONCE = 100;
/** Prices at which a copy meets an ordinary book. */
const [LOWEST, HIGHEST] = [100_000, 900_000];

export interface Load {
  routes: Route[];
  stop(): void;
}

export function createLoad(engine: ExchangeEngine): Load {
  let stop: (() => void) | undefined;
  let report = emptyReport();
  const path = '/control/load';
  const halt = () => {
    stop?.();
    stop = undefined;
  };
  const routes: Route[] = [
    {
      method: 'POST',
      path,
      handle(request) {
        const plan = planOf(recordBody(request));
        halt();
        report = emptyReport();
        stop = startLoad(engine, plan, () => report);
        return { status: 201, body: plan };
      },
    },
    {
      method: 'GET',
      path,
      handle() {
        const body = report;
        report = emptyReport();
        return { body };
      },
    },
    {
      method: 'DELETE',
      path,
      handle() {
        halt();
        return { body: report };
      },
    },
  ];
  return { routes, stop: halt };
}

function emptyReport(): LoadReport {
  return { sent: [], orders: [], unfit: 0, rows: 0 };
}

function planOf(body: Record<string, unknown>): LoadPlan {
  const figure = (name: keyof LoadPlan, most: number) => {
    const value = body[name];
    if (typeof value === 'number' && value >= 0 && value <= most) return value;
    throw new Refusal(400, `${name}: ${JSON.stringify(value)} is not a number from 0 to ${most}`);
  };
  return {
    copiesPerSecond: figure('copiesPerSecond', 1000),
    othersPerSecond: figure('othersPerSecond', 10_000),
    usdc: figure('usdc', 1_000_000),
    seed: figure('seed', Number.MAX_SAFE_INTEGER),
  };
}

function startLoad(engine: ExchangeEngine, plan: LoadPlan, report: () => LoadReport): () => void {
  const dice = createPrng(plan.seed, 'load');
  const marketsNow = fitMarkets(engine);
  let number = 0;
  let turn = 0;
  const copies = startStream(plan.copiesPerSecond, dice, (meantMs) => {
    number += 1;
    turn += 1;
    const leaders = engine.leaders();
    const wallet = leaders[turn % leaders.length]?.wallet ?? '';
    const fill = fillOf(engine, marketsNow(), { turn, number, wallet, usdc: plan.usdc });
    if (!fill) {
      report().unfit += 1;
      return;
    }
    engine.record(fill);
    report().rows += 1;
    const { sent } = report();
    if (sent.length < MOST_KEPT) sent.push([number, meantMs, performance.now()]);
  });
  const others = startStream(plan.othersPerSecond, dice, () => {
    number += 1;
    const wallet = `0x${dice
      .between(1, 2 ** 31)
      .toString(16)
      .padStart(40, 'e')}`;
    const fill = fillOf(engine, marketsNow(), { turn: number, number, wallet, usdc: 10 });
    if (!fill) return;
    engine.record(fill);
    report().rows += 1;
  });
  const stopListening = engine.on((event) => {
    if (event.kind !== 'order' || event.change !== 'PLACEMENT' || !event.order.owner) return;
    const { orders } = report();
    if (orders.length < MOST_KEPT) orders.push([event.order.orderId, performance.now()]);
  });
  return () => {
    copies();
    others();
    stopListening();
  };
}

/** Calls `emit` once in each slot of 1 / `perSecond`, late ones at once; returns what ends it. */
function startStream(perSecond: number, dice: Prng, emit: (meantMs: number) => void): () => void {
  if (perSecond === 0) return () => {};
  const slotMs = 1000 / perSecond;
  const startMs = performance.now();
  let slot = 0;
  let meantMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const draw = () => {
    meantMs = startMs + (slot + dice.next()) * slotMs;
    slot += 1;
  };
  const wait = () => {
    timer = setTimeout(run, Math.max(0, meantMs - performance.now()));
  };
  const run = () => {
    for (let sent = 0; meantMs <= performance.now(); sent += 1) {
      // A machine that cannot keep up must still serve those who ask, and who end this.
      if (sent === MOST_AT_ONCE) {
        turn = setImmediate(run);
        return;
      }
      emit(meantMs);
      draw();
    }
    wait();
  };
  draw();
  wait();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}

interface FillWish {
  turn: number;
  number: number;
  wallet: string;
  usdc: number;
}

/** Markets that stay open for a while, looked for now and then: each view of one is a copy. */
function fitMarkets(engine: ExchangeEngine): () => Markets {
  let found: Markets = [];
  let foundMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = engine.now();
    if (nowMs - foundMs < 1000) return found;
    foundMs = nowMs;
    found = engine
      .markets()
      .filter(
        (market) =>
          market.acceptingOrders && market.secondsDelay === 0 && market.endDateMs > nowMs + 90_000,
      );
    return found;
  };
}

type Markets = ReturnType<ExchangeEngine['markets']>;

/** A buy at the best ask of the next token in turn; undefined when that has no ordinary book. */
function fillOf(
  engine: ExchangeEngine,
  fit: Markets,
  { turn, number, wallet, usdc }: FillWish,
): Omit<ActivityRow, 'sequence'> | undefined {
  const market = fit[Math.floor(turn / 2) % Math.max(1, fit.length)];
  const outcomeIndex = turn % 2 === 0 ? 0 : 1;
  const tokenId = market?.tokenIds[outcomeIndex];
  const ask = tokenId && engine.book(tokenId)?.asks.at(-1)?.priceMicro;
  if (!market || !tokenId || !ask || ask < LOWEST || ask > HIGHEST) return undefined;
  const sizeMicro = floorTo(sharesFor(Math.round(usdc * MICRO), ask, 'down'), 10_000);
  return {
    type: 'TRADE',
    wallet,
    tokenId,
    conditionId: market.conditionId,
    side: 'BUY',
    sizeMicro,
    priceMicro: ask,
    usdcMicro: Math.round((sizeMicro * ask) / MICRO),
    timestampMs: engine.now(),
    transactionHash: `0x${number.toString(16).padStart(16, '0').padEnd(64, 'b')}`,
    outcomeIndex,
    taker: true,
  };
}
