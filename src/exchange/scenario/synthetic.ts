import { forgetEmpty, redeem, refineTick, resolveMarket, stopAccepting } from '../markets.ts';
import { createPrng, type Prng } from '../prng.ts';
import { addMarket, emit, type MarketState, type World } from '../world.ts';
import { crowdTrade } from './crowd.ts';
import { createDesk, type Desk } from './desk.ts';
import { type FairState, newFair, stepFair, trendOf } from './fair.ts';
import { createLeaders, type LeaderDesk, type LeaderView } from './leaders.ts';
import { listMarket, walletFrom } from './listings.ts';
import type { Preset } from './presets.ts';
import { QUANTUM_MS, type Scenario } from './scenario.ts';

const SECOND = 1_000;
/** The winner is known to the makers this long before the end, and the price runs to it. */
const FINALE_MS = 75_000;
const UMA_MS = [3_000, 8_000] as const;
const REDEEM_AFTER_MS = 15_000;
/** How long a losing streak pushes against each entry. */
const ADVERSITY_MS = 45_000;

interface Slot {
  generation: number;
  conditionId: string;
  fair: FairState;
  resolveAtMs: number;
  /** What leaders bought last, while the market is pushed against it. */
  bought: 0 | 1 | undefined;
}

interface Saved {
  slots: Slot[];
  redeems: { conditionId: string; atMs: number }[];
  nextLeaderAtMs: number;
  dice: number[][];
  minds: unknown;
}

/** Markets that come and go, makers, leaders and a crowd: all scenarios that are not recordings. */
export function createSynthetic(preset: Preset, seed: number): Scenario {
  const dice = {
    fair: createPrng(seed, `${preset.name}:fair`),
    leaders: createPrng(seed, `${preset.name}:leaders`),
    crowd: createPrng(seed, `${preset.name}:crowd`),
    listing: createPrng(seed, `${preset.name}:listing`),
  };
  const desk = createDesk([walletFrom(`desk:${seed}:1`), walletFrom(`desk:${seed}:2`)], preset);
  const actors = { desk, leaders: createLeaders(seed, dice.leaders), dice };
  const run: Run = { preset, seed, ...actors, slots: [], redeems: [], nextLeaderAtMs: 0 };
  return {
    leaders: actors.leaders.leaders,
    step: (world) => step(run, world),
    save: (): Saved => ({
      slots: run.slots,
      redeems: run.redeems,
      nextLeaderAtMs: run.nextLeaderAtMs,
      dice: Object.values(dice).map((prng) => prng.state()),
      minds: actors.leaders.save(),
    }),
    restore(state) {
      const saved = state as Saved;
      run.slots = saved.slots;
      run.redeems = saved.redeems;
      run.nextLeaderAtMs = saved.nextLeaderAtMs;
      for (const [index, prng] of Object.values(dice).entries()) {
        prng.restore(saved.dice[index] ?? []);
      }
      actors.leaders.restore(saved.minds);
    },
  };
}

interface Run {
  preset: Preset;
  seed: number;
  dice: { fair: Prng; leaders: Prng; crowd: Prng; listing: Prng };
  desk: Desk;
  leaders: LeaderDesk;
  slots: Slot[];
  redeems: { conditionId: string; atMs: number }[];
  nextLeaderAtMs: number;
}

function step(run: Run, world: World): void {
  const { nowMs } = world;
  if (run.slots.length === 0) {
    for (let slot = 0; slot < run.preset.slots; slot++) openSlot(run, world, slot);
    run.nextLeaderAtMs = nowMs + 2 * SECOND;
  }
  if (nowMs % SECOND === 0) everySecond(run, world);
  if (world.faults.frozen) return;
  for (const slot of run.slots) quote(run, world, slot);
  const view = viewOf(run, world);
  if (run.dice.crowd.chance((run.preset.crowdPerSecond * QUANTUM_MS) / SECOND)) {
    crowdTrade(world, run.seed, view.open, run.dice.crowd);
  }
  if (nowMs < run.nextLeaderAtMs) return;
  const [from, to] = run.preset.leaderEveryMs;
  run.nextLeaderAtMs = nowMs + run.dice.leaders.between(from, to);
  run.leaders.tidy(world);
  run.leaders.act(world, view);
}

function everySecond(run: Run, world: World): void {
  for (const [index, slot] of run.slots.entries()) {
    stepFair(slot.fair, run.preset, run.dice.fair, world.nowMs);
    if (world.nowMs >= slot.fair.driftUntilMs) slot.bought = undefined;
    const state = world.markets.get(slot.conditionId);
    if (state) ripen(run, world, { index, slot, state });
  }
  for (const due of run.redeems.filter(({ atMs }) => atMs <= world.nowMs)) {
    redeemActors(world, due.conditionId);
    run.redeems.splice(run.redeems.indexOf(due), 1);
  }
}

/** Brings a market from trading to its end, and opens the next one in its place. */
function ripen(
  run: Run,
  world: World,
  at: { index: number; slot: Slot; state: MarketState },
): void {
  const { slot, state } = at;
  const { market } = state;
  const left = market.endDateMs - world.nowMs;
  if (left <= FINALE_MS && slot.fair.winner === undefined) slot.fair.winner = drawWinner(run, slot);
  if (left <= 0 && market.acceptingOrders) {
    run.desk.pull(world, market.conditionId);
    stopAccepting(world, state);
  }
  if (market.acceptingOrders) refineTick(world, state);
  const due = world.nowMs >= slot.resolveAtMs && !market.closed;
  if (due) resolveMarket(world, state, slot.fair.winner ?? drawWinner(run, slot));
  // Somebody may have resolved it from outside, before its time.
  if (!market.closed) return;
  run.desk.forget(market.conditionId);
  run.redeems.push({ conditionId: market.conditionId, atMs: world.nowMs + REDEEM_AFTER_MS });
  openSlot(run, world, at.index);
}

/** By its price; in a losing streak never what leaders hold. */
function drawWinner(run: Run, slot: Slot): 0 | 1 {
  if (slot.bought !== undefined) return slot.bought === 0 ? 1 : 0;
  return run.dice.fair.next() < slot.fair.value ? 0 : 1;
}

function openSlot(run: Run, world: World, index: number): void {
  const last = run.slots[index];
  const generation = (last?.generation ?? 0) + 1;
  const [shortest, longest] = run.preset.lifeMs;
  // The first ones are already under way, so that something ends soon.
  const least = last ? shortest : shortest / 2;
  const life = Math.round(run.dice.listing.between(least, longest) / 60_000) * 60_000;
  const endDateMs = Math.ceil(world.nowMs / 60_000) * 60_000 + Math.max(life, 120_000);
  const times = { createdAtMs: world.nowMs, endDateMs };
  const market = listMarket(run.seed, index, generation, times);
  addMarket(world, market);
  world.dirty.markets.add(market.conditionId);
  run.slots[index] = {
    generation,
    conditionId: market.conditionId,
    fair: newFair(run.dice.fair),
    resolveAtMs: endDateMs + run.dice.listing.between(UMA_MS[0], UMA_MS[1]),
    bought: undefined,
  };
  emit(world, { kind: 'market', market: { ...market } });
}

function quote(run: Run, world: World, slot: Slot): void {
  const state = world.markets.get(slot.conditionId);
  if (!state?.market.acceptingOrders) return;
  if (world.nowMs < slot.fair.pulledUntilMs) run.desk.pull(world, slot.conditionId);
  else run.desk.quote(world, state, slot.fair.value);
}

function viewOf(run: Run, world: World): LeaderView {
  const slots = new Map(run.slots.map((slot) => [slot.conditionId, slot]));
  const open: MarketState[] = [];
  for (const slot of run.slots) {
    const state = world.markets.get(slot.conditionId);
    if (state?.market.acceptingOrders) open.push(state);
  }
  return {
    open,
    losing: run.preset.adversity > 0,
    trend(conditionId) {
      const fair = slots.get(conditionId)?.fair;
      return fair ? trendOf(fair) : 0;
    },
    allowed: (conditionId) => slots.get(conditionId)?.bought,
    entered(conditionId, outcome) {
      const slot = slots.get(conditionId);
      if (!slot || run.preset.adversity === 0) return;
      slot.bought = outcome;
      slot.fair.drift = outcome === 0 ? -run.preset.adversity : run.preset.adversity;
      slot.fair.driftUntilMs = world.nowMs + ADVERSITY_MS;
    },
  };
}

function redeemActors(world: World, conditionId: string): void {
  const state = world.markets.get(conditionId);
  if (!state) return;
  for (const account of world.accounts.values()) {
    if (account.api) continue;
    redeem(world, account.wallet, conditionId);
    forgetEmpty(account, state);
  }
}
