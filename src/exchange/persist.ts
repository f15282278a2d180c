import { type Account, heldMicro } from './accounts.ts';
import type { ExchangeMarket } from './engine.ts';
import type { EngineStore, StoreBatch, StoreTable } from './store-port.ts';
import { addMarket, indexOf, type LiveOrder, type LiveTrade, type World } from './world.ts';

/** What is written of an account; maps do not survive JSON. */
type AccountRow = Omit<Account, 'holdings'> & { holdings: [string, AccountHolding][] };
type AccountHolding = Account['holdings'] extends Map<string, infer H> ? H : never;
interface MarketRow {
  market: ExchangeMarket;
  collateralMicro: number;
  lastTradeMicro: number | undefined;
}

/** The clock is written at least this often, exchange ms, even when nothing else happened. */
const CLOCK_EVERY_MS = 5_000;

export interface Persistence {
  /** Writes what changed, in one transaction. */
  save(): void;
  /** The scenario's own state as saved, when it is of this scenario and seed. */
  scenarioState: unknown;
  /** The store was not empty. */
  resumed: boolean;
}

/** Loads what the store holds into the world, and writes later changes back. */
export function attachStore(
  world: World,
  store: EngineStore | undefined,
  run: { scenario: string; saveScenario: () => unknown },
): Persistence {
  const identity = `${run.scenario}#${world.seed}`;
  const meta = store?.meta() ?? new Map<string, string>();
  const persistence: Persistence = {
    save: () => undefined,
    scenarioState: undefined,
    resumed: meta.size > 0,
  };
  if (store && persistence.resumed) {
    load(world, store, meta);
    if (meta.get('identity') === identity) {
      persistence.scenarioState = JSON.parse(meta.get('scenario') ?? 'null');
    }
  }
  let savedAtMs = Number.NEGATIVE_INFINITY;
  persistence.save = () => {
    const activity = world.activity.unsaved();
    const rows = dirtyRows(world);
    const quiet = activity.length === 0 && rows.length === 0;
    if (quiet && world.nowMs - savedAtMs < CLOCK_EVERY_MS) return;
    const kept = (wallet: string) => world.accounts.get(wallet)?.api === true;
    const pruneActivityBelow = world.activity.prune(kept);
    store?.commit({
      meta: new Map([
        ['identity', identity],
        ['nowMs', String(world.nowMs)],
        ['sequence', String(world.sequence)],
        ['feesMicro', String(world.feesMicro)],
        ['depositsMicro', String(world.depositsMicro)],
        ['faultDice', JSON.stringify(world.faultDice.state())],
        ['scenario', JSON.stringify(run.saveScenario())],
      ]),
      rows,
      activity: activity.map((row) => ({ row, kept: kept(row.wallet) })),
      pruneActivityBelow,
    });
    // Only now: what could not be written is written with the next attempt.
    savedAtMs = world.nowMs;
    world.activity.saved();
    for (const set of Object.values(world.dirty)) set.clear();
  };
  return persistence;
}

function dirtyRows(world: World): StoreBatch['rows'] {
  const rows: { table: StoreTable; key: string; value: string | undefined }[] = [];
  const { dirty } = world;
  for (const key of dirty.accounts) {
    const account = world.accounts.get(key);
    if (account) rows.push({ table: 'accounts', key, value: JSON.stringify(accountRow(account)) });
  }
  for (const key of dirty.orders) {
    rows.push({ table: 'orders', key, value: json(world.orders.get(key)) });
  }
  for (const key of dirty.trades) {
    rows.push({ table: 'trades', key, value: json(world.trades.get(key)) });
  }
  for (const key of dirty.markets) {
    const state = world.markets.get(key);
    if (!state) continue;
    const { market, collateralMicro, book } = state;
    const row: MarketRow = { market, collateralMicro, lastTradeMicro: book.lastTradeMicro };
    rows.push({ table: 'markets', key, value: JSON.stringify(row) });
  }
  return rows;
}

/** A row that is gone is deleted. */
function json(row: object | undefined): string | undefined {
  return row && JSON.stringify(row);
}

/** Actors come back without their orders, so what those locked is free. */
function accountRow(account: Account): AccountRow {
  const holdings = [...account.holdings];
  if (account.api) return { ...account, holdings };
  return {
    ...account,
    freeMicro: account.freeMicro + account.lockedMicro,
    lockedMicro: 0,
    holdings: holdings
      .filter(([, holding]) => heldMicro(holding) > 0)
      .map(([tokenId, holding]) => [
        tokenId,
        { ...holding, freeMicro: holding.freeMicro + holding.lockedMicro, lockedMicro: 0 },
      ]),
  };
}

function load(world: World, store: EngineStore, meta: ReadonlyMap<string, string>): void {
  world.nowMs = Math.max(world.nowMs, Number(meta.get('nowMs') ?? 0));
  world.sequence = Number(meta.get('sequence') ?? 0);
  world.feesMicro = Number(meta.get('feesMicro') ?? 0);
  world.depositsMicro = Number(meta.get('depositsMicro') ?? 0);
  world.faultDice.restore(JSON.parse(meta.get('faultDice') ?? '[]'));
  for (const text of store.rows('markets')) {
    const row = JSON.parse(text) as MarketRow;
    const market = { ...row.market };
    // JSON drops undefined fields; the interface has them.
    market.resolution ??= undefined;
    market.closedAtMs ??= undefined;
    const state = addMarket(world, market, row.collateralMicro);
    state.book.lastTradeMicro = row.lastTradeMicro;
  }
  for (const text of store.rows('accounts')) {
    const row = JSON.parse(text) as AccountRow;
    world.accounts.set(row.wallet, { ...row, holdings: new Map(row.holdings) });
  }
  const trades = store.rows('trades').map((text) => JSON.parse(text) as LiveTrade);
  for (const trade of trades.sort((a, b) => a.matchedAtMs - b.matchedAtMs)) loadTrade(world, trade);
  const orders = store.rows('orders').map((text) => JSON.parse(text) as LiveOrder);
  for (const order of orders.sort((a, b) => a.sequence - b.sequence)) loadOrder(world, order);
  world.activity.load(store.activity());
}

function loadTrade(world: World, row: LiveTrade): void {
  const trade = {
    ...row,
    takerOwner: row.takerOwner,
    transactionHash: row.transactionHash,
    nextAtMs: row.nextAtMs,
    makers: row.makers.map((maker) => ({ ...maker, owner: maker.owner })),
  };
  world.trades.set(trade.id, trade);
  if (trade.nextAtMs !== undefined) world.pending.add(trade);
  const owners = new Set([trade.takerOwner, ...trade.makers.map((maker) => maker.owner)]);
  for (const owner of owners) if (owner !== undefined) indexOf(world, owner).trades.push(trade.id);
}

function loadOrder(world: World, row: LiveOrder): void {
  const order = {
    ...row,
    owner: row.owner,
    expiresAtMs: row.expiresAtMs,
    cancelReason: row.cancelReason,
    budgetMicro: row.budgetMicro,
    dueAtMs: row.dueAtMs,
  };
  world.orders.set(order.orderId, order);
  if (order.owner !== undefined) indexOf(world, order.owner).orders.push(order.orderId);
  if (order.status === 'DELAYED') world.delayed.add(order);
  if (order.status !== 'LIVE') return;
  world.markets.get(order.conditionId)?.book[order.bookSide].add(order);
  if (order.expiresAtMs !== undefined) world.expiring.add(order);
}
