import { floorTo, MICRO, type PriceMicro } from '../../core/money.ts';
import { holdingOf } from '../accounts.ts';
import type { Leader } from '../engine.ts';
import type { Prng } from '../prng.ts';
import type { MarketState, World } from '../world.ts';
import { buyNow, keepFunded, quotesOf, rest, sellNow, withdraw } from './actors.ts';
import { CHARACTERS, type Character } from './characters.ts';
import { walletFrom } from './listings.ts';

const LEADER_CASH = 200_000 * MICRO;
/** A resting order that nobody took is withdrawn after this. */
const PATIENCE_MS = 20_000;
/** Nobody enters a market that ends sooner than this. */
const TOO_LATE_MS = 45_000;
const LOWEST: PriceMicro = 80_000;
const HIGHEST: PriceMicro = 920_000;

interface Position {
  conditionId: string;
  outcome: 0 | 1;
  openedAtMs: number;
  entryMicro: PriceMicro;
  /** When it leaves at the latest. */
  leaveAtMs: number;
}

/** What a leader has in mind; plain JSON. */
interface Mind {
  positions: Position[];
  resting: { orderId: string; atMs: number }[];
}

export interface LeaderView {
  /** Markets that take orders. */
  open: readonly MarketState[];
  /** How the first outcome moved lately. */
  trend(conditionId: string): number;
  /** Told after each entry; a losing streak turns the market against it. */
  entered(conditionId: string, outcome: 0 | 1): void;
  /** Which outcome may be bought, when the scenario has its reasons; undefined: either. */
  allowed(conditionId: string): 0 | 1 | undefined;
  /** All leaders lose: hold this long, and sell whatever it brings. */
  losing: boolean;
}

export interface LeaderDesk {
  readonly leaders: readonly Leader[];
  /** Lets one of them trade. */
  act(world: World, view: LeaderView): void;
  /** Withdraws resting orders that waited too long. */
  tidy(world: World): void;
  save(): unknown;
  restore(state: unknown): void;
}

export function leadersFor(seed: number): Leader[] {
  return CHARACTERS.map(({ label, style }) => ({
    wallet: walletFrom(`leader:${seed}:${label}`),
    name: label,
    style,
  }));
}

export function createLeaders(seed: number, dice: Prng): LeaderDesk {
  const leaders = leadersFor(seed);
  let minds: Mind[] = leaders.map(() => ({ positions: [], resting: [] }));
  return {
    leaders,
    act(world, view) {
      const first = dice.between(0, leaders.length - 1);
      for (let turn = 0; turn < leaders.length; turn++) {
        const index = (first + turn) % leaders.length;
        const wallet = leaders[index]?.wallet ?? '';
        keepFunded(world, wallet, LEADER_CASH);
        const self = { wallet, mind: minds[index] as Mind, who: CHARACTERS[index] as Character };
        if (exit(world, view, self)) return;
        if (dice.chance(self.who.eagerness) && enter(world, view, self, dice)) return;
      }
    },
    tidy(world) {
      for (const mind of minds) {
        const late = mind.resting.filter((order) => world.nowMs - order.atMs >= PATIENCE_MS);
        if (late.length === 0) continue;
        for (const { orderId } of late) withdraw(world, orderId);
        mind.resting = mind.resting.filter((order) => !late.includes(order));
      }
    },
    save: () => minds,
    restore: (state) => {
      minds = state as Mind[];
      for (const mind of minds) mind.resting = [];
    },
  };
}

interface Self {
  wallet: string;
  mind: Mind;
  who: Character;
}

/** Sells the first position whose time has come; true when a trade was made. */
function exit(world: World, view: LeaderView, self: Self): boolean {
  const { mind, who, wallet } = self;
  for (const position of [...mind.positions]) {
    const state = world.markets.get(position.conditionId);
    const account = world.accounts.get(wallet);
    if (!state || !account) continue;
    const tokenId = state.market.tokenIds[position.outcome];
    const free = holdingOf(account, tokenId).freeMicro;
    const forgotten = free < 10_000 && world.nowMs - position.openedAtMs > 2 * PATIENCE_MS;
    if (state.market.closed || forgotten) {
      mind.positions.splice(mind.positions.indexOf(position), 1);
      continue;
    }
    const { bid } = quotesOf(state, position.outcome);
    if (bid === undefined || free < 10_000 || !state.market.acceptingOrders) continue;
    if (!wantsOut(world, view, self, position, bid)) continue;
    const all = who.exitPart === 1 || free * (1 - who.exitPart) < 10 * MICRO || view.losing;
    const size = floorTo(all ? free : Math.round(free * who.exitPart), 10_000);
    const limit = Math.max(state.market.tickMicro, bid - 2 * state.market.tickMicro);
    if (sellNow(world, wallet, tokenId, size, limit).ok) {
      position.leaveAtMs = world.nowMs + 20_000;
      return true;
    }
  }
  return false;
}

function wantsOut(world: World, view: LeaderView, self: Self, position: Position, bid: number) {
  const { who } = self;
  const gain = (bid - position.entryMicro) / MICRO;
  if (view.losing) return world.nowMs >= position.leaveAtMs;
  if (who.bothSides) return false;
  const seasoned = world.nowMs - position.openedAtMs >= (who.hold[0] ?? 0);
  return (
    world.nowMs >= position.leaveAtMs || (seasoned && (gain >= who.target || gain <= -who.stop))
  );
}

function enter(world: World, view: LeaderView, self: Self, dice: Prng): boolean {
  const choice = choose(world, view, self, dice);
  if (!choice) return false;
  const { state, outcome } = choice;
  const { market } = state;
  const { bid, ask } = quotesOf(state, outcome);
  if (bid === undefined || ask === undefined || ask < LOWEST || ask > HIGHEST) return false;
  const cash = dice.between(self.who.clip[0], self.who.clip[1]) * MICRO;
  const tokenId = market.tokenIds[outcome];
  if (!view.losing && dice.chance(self.who.resting)) {
    const priceMicro = ask - bid > market.tickMicro ? bid + market.tickMicro : bid;
    const sizeMicro = Math.max(5, Math.floor((cash / priceMicro) * 1)) * MICRO;
    const order = { tokenId, side: 'BUY' as const, priceMicro, sizeMicro };
    const orderId = rest(world, self.wallet, order);
    if (orderId === undefined) return false;
    self.mind.resting.push({ orderId, atMs: world.nowMs });
  } else {
    const limit = Math.min(MICRO - market.tickMicro, ask + 2 * market.tickMicro);
    if (!buyNow(world, self.wallet, tokenId, cash, limit).ok) return false;
  }
  note(world, view, self, { state, outcome, ask }, dice);
  return true;
}

function note(
  world: World,
  view: LeaderView,
  self: Self,
  entry: { state: MarketState; outcome: 0 | 1; ask: PriceMicro },
  dice: Prng,
): void {
  const { conditionId } = entry.state.market;
  const { outcome } = entry;
  const known = self.mind.positions.find(
    (p) => p.conditionId === conditionId && p.outcome === outcome,
  );
  const [shortest, longest] = self.who.hold;
  const stay = view.losing ? dice.between(25_000, 45_000) : dice.between(shortest, longest);
  if (known) known.leaveAtMs = Math.max(known.leaveAtMs, world.nowMs + shortest);
  else {
    self.mind.positions.push({
      conditionId,
      outcome,
      openedAtMs: world.nowMs,
      entryMicro: entry.ask,
      leaveAtMs: world.nowMs + stay,
    });
  }
  view.entered(conditionId, outcome);
}

function choose(
  world: World,
  view: LeaderView,
  self: Self,
  dice: Prng,
): { state: MarketState; outcome: 0 | 1 } | undefined {
  const fit = view.open.filter((state) => state.market.endDateMs - world.nowMs > TOO_LATE_MS);
  if (fit.length === 0) return undefined;
  const { who, mind } = self;
  const open = mind.positions.filter((p) =>
    fit.some((s) => s.market.conditionId === p.conditionId),
  );
  if (open.length > 0 && (dice.chance(who.scaling) || open.length >= 6)) {
    const position = dice.pick(open);
    const state = world.markets.get(position.conditionId);
    if (!state) return undefined;
    const other = position.outcome === 0 ? 1 : 0;
    return { state, outcome: who.bothSides ? other : position.outcome };
  }
  const state = who.trend === 0 ? dice.pick(fit) : mover(fit, view, dice);
  const moved = Math.abs(view.trend(state.market.conditionId));
  if (!view.losing && moved < who.notices) return undefined;
  const allowed = view.allowed(state.market.conditionId);
  if (allowed !== undefined) return { state, outcome: allowed };
  const up = view.trend(state.market.conditionId) >= 0;
  const coin = dice.chance(0.5) ? 0 : 1;
  if (who.trend === 0) return { state, outcome: coin };
  return { state, outcome: up === (who.trend === 1) ? 0 : 1 };
}

/** The one of three random markets that moved most. */
function mover(open: readonly MarketState[], view: LeaderView, dice: Prng): MarketState {
  const moved = (state: MarketState) => Math.abs(view.trend(state.market.conditionId));
  const three = [dice.pick(open), dice.pick(open), dice.pick(open)];
  return three.reduce((best, state) => (moved(state) > moved(best) ? state : best));
}
