import { floorTo, MICRO } from '../../core/money.ts';
import { openAccount } from '../accounts.ts';
import { refineTick, resolveMarket, splitCash, stopAccepting } from '../markets.ts';
import { createPrng } from '../prng.ts';
import { addMarket, emit, type MarketState, type World } from '../world.ts';
import { keepFunded, rest, withdraw } from './actors.ts';
import { createDesk, type Desk } from './desk.ts';
import { createLeaders, type LeaderDesk, leadersFor } from './leaders.ts';
import { walletFrom } from './listings.ts';
import { createMirror, type Mirror } from './mirror.ts';
import { PRESETS } from './presets.ts';
import { onGrid, type Recording, readRecording, type TapeRow } from './recording.ts';
import type { Scenario } from './scenario.ts';

const CASH = 10_000_000 * MICRO;
const SMALLEST = 10_000;
/** A market resolves this long after its last row. */
const AFTERLIFE_MS = 30_000;
const LEADER_EVERY_MS = [2_000, 6_000] as const;

interface Player {
  seed: number;
  recording: Recording;
  desk: Desk;
  mirror: Mirror;
  leaders: LeaderDesk;
  /** Tokens that have books of their own: the other outcome's books would say the same again. */
  booked: Set<string>;
  cursor: number;
  /** Exchange time of the recording's first row; undefined until it plays. */
  originMs: number | undefined;
  open: Map<string, MarketState>;
  nextLeaderAtMs: number;
  dice: ReturnType<typeof createPrng>;
}

interface Saved {
  cursor: number;
  open: string[];
  minds: unknown;
  dice: number[];
}

/** The leaders of a recording: its busiest wallets, or synthetic ones where it has only books. */
export function recordedLeaders(file: string, seed: number) {
  return leadersIn(readRecording(file), seed);
}

function leadersIn(recording: Recording, seed: number) {
  return recording.leaders.length > 0 ? recording.leaders : leadersFor(seed);
}

/** Plays a recording in its own rhythm: books as quotes, prints and fills as trades. */
export function createRecorded(file: string, seed: number): Scenario {
  const recording = readRecording(file);
  const preset = PRESETS[0] as (typeof PRESETS)[number];
  const dice = createPrng(seed, 'recorded');
  const player: Player = {
    seed,
    recording,
    desk: createDesk([walletFrom(`desk:${seed}:1`), walletFrom(`desk:${seed}:2`)], preset),
    mirror: createMirror(walletFrom(`mirror:${seed}`)),
    leaders: createLeaders(seed, dice),
    booked: firstBooks(recording),
    cursor: 0,
    originMs: undefined,
    open: new Map(),
    nextLeaderAtMs: 0,
    dice,
  };
  let resumed: readonly string[] = [];
  return {
    leaders: leadersIn(recording, seed),
    step(world) {
      for (const id of resumed) reopen(player, world, id);
      resumed = [];
      step(player, world);
    },
    save: (): Saved => ({
      cursor: player.cursor,
      open: [...player.open.keys()],
      minds: player.leaders.save(),
      dice: dice.state(),
    }),
    restore(state) {
      const saved = state as Saved;
      player.cursor = saved.cursor;
      player.leaders.restore(saved.minds);
      dice.restore(saved.dice);
      resumed = saved.open;
    },
  };
}

function firstBooks(recording: Recording): Set<string> {
  const booked = new Map<string, string>();
  for (const row of recording.rows) {
    if (row.kind === 'book' && !booked.has(row.conditionId)) {
      booked.set(row.conditionId, row.tokenId);
    }
  }
  return new Set(booked.values());
}

function reopen(player: Player, world: World, conditionId: string): void {
  const state = world.markets.get(conditionId);
  if (state && !state.market.closed) player.open.set(conditionId, state);
}

function step(player: Player, world: World): void {
  const { rows } = player.recording;
  // After a pause it goes on with the next row at once, instead of catching up.
  player.originMs ??= world.nowMs - (rows[player.cursor]?.atMs ?? 0);
  const elapsed = world.nowMs - player.originMs;
  if (!world.faults.frozen) {
    for (let row = rows[player.cursor]; row && row.atMs <= elapsed; row = rows[player.cursor]) {
      play(player, world, row);
      player.cursor++;
    }
    synthetic(player, world);
  }
  for (const [conditionId, state] of player.open) {
    const last = player.recording.markets.get(conditionId)?.lastRowMs ?? 0;
    if (elapsed >= last + AFTERLIFE_MS) finish(player, world, state);
    else refineTick(world, state);
  }
}

function finish(player: Player, world: World, state: MarketState): void {
  const { conditionId } = state.market;
  player.desk.pull(world, conditionId);
  player.mirror.pull(world, conditionId);
  player.open.delete(conditionId);
  if (state.market.closed) return;
  stopAccepting(world, state);
  resolveMarket(world, state, (state.book.lastTradeMicro ?? 0) >= MICRO / 2 ? 0 : 1);
}

function play(player: Player, world: World, row: TapeRow): void {
  const state = player.open.get(row.conditionId) ?? open(player, world, row.conditionId);
  if (!state || state.market.closed) return;
  if (row.kind === 'book') {
    if (player.booked.has(row.tokenId)) player.mirror.show(world, state, row);
  } else if (row.kind === 'print') print(player, world, state, row);
  else fill(player, world, state, row);
}

function open(player: Player, world: World, conditionId: string): MarketState | undefined {
  const tape = player.recording.markets.get(conditionId);
  if (!tape || world.markets.has(conditionId)) return undefined;
  const endDateMs = (player.originMs ?? 0) + tape.lastRowMs + AFTERLIFE_MS;
  const listing = { ...tape.listing, createdAtMs: world.nowMs, endDateMs };
  const state = addMarket(world, listing);
  world.dirty.markets.add(conditionId);
  player.open.set(conditionId, state);
  emit(world, { kind: 'market', market: { ...listing } });
  return state;
}

/** Somebody took what the book showed. */
function print(
  player: Player,
  world: World,
  state: MarketState,
  row: TapeRow & { kind: 'print' },
): void {
  const wallet = walletFrom(`crowd:${player.seed}:${player.cursor % 24}`);
  trade(world, state, wallet, row);
}

/**
 * A recorded fill gets exactly the other side it needs; then a book is quoted around its price, for
 * whoever wants to follow.
 */
function fill(
  player: Player,
  world: World,
  state: MarketState,
  row: TapeRow & { kind: 'fill' },
): void {
  const { tickMicro: tick, tokenIds } = state.market;
  const priceMicro = onGrid(row.priceMicro, tick);
  const sizeMicro = Math.max(SMALLEST, floorTo(row.sizeMicro, SMALLEST));
  const desk = walletFrom(`tape:${player.seed}`);
  player.desk.pull(world, state.market.conditionId);
  const side = row.side === 'BUY' ? ('SELL' as const) : ('BUY' as const);
  const other = { tokenId: row.tokenId, side, priceMicro, sizeMicro };
  prepare(world, state, desk, other);
  const orderId = rest(world, desk, other);
  trade(world, state, row.wallet, row);
  if (orderId !== undefined) withdraw(world, orderId);
  const first = row.tokenId === tokenIds[0];
  player.desk.quote(world, state, (first ? priceMicro : MICRO - priceMicro) / MICRO);
}

/** A limit order at the recorded price and size; what it does not get is withdrawn. */
function trade(
  world: World,
  state: MarketState,
  wallet: string,
  row: { tokenId: string; side: 'BUY' | 'SELL'; priceMicro: number; sizeMicro: number },
): void {
  const order = {
    tokenId: row.tokenId,
    side: row.side,
    priceMicro: onGrid(row.priceMicro, state.market.tickMicro),
    sizeMicro: Math.max(SMALLEST, floorTo(row.sizeMicro, SMALLEST)),
  };
  prepare(world, state, wallet, order);
  const orderId = rest(world, wallet, order);
  if (orderId !== undefined) withdraw(world, orderId);
}

/** Recorded sellers often bought before the recording began: they get what they need. */
function prepare(
  world: World,
  state: MarketState,
  wallet: string,
  order: { tokenId: string; side: 'BUY' | 'SELL'; sizeMicro: number },
): void {
  keepFunded(world, wallet, CASH);
  const account = openAccount(world, wallet, CASH, false);
  const free = account.holdings.get(order.tokenId)?.freeMicro ?? 0;
  if (order.side === 'SELL' && free < order.sizeMicro) {
    splitCash(world, wallet, state, order.sizeMicro);
  }
}

/** A recording of books has nobody to follow, so the usual leaders trade on them. */
function synthetic(player: Player, world: World): void {
  if (player.recording.leaders.length > 0 || world.nowMs < player.nextLeaderAtMs) return;
  player.nextLeaderAtMs = world.nowMs + player.dice.between(LEADER_EVERY_MS[0], LEADER_EVERY_MS[1]);
  player.leaders.tidy(world);
  player.leaders.act(world, {
    open: [...player.open.values()],
    losing: false,
    trend: () => 0,
    allowed: () => undefined,
    entered: () => undefined,
  });
}
