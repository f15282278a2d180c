import { contentKey, fillId } from '../../src/core/identity.ts';
import { restoreLedger } from '../../src/core/ledger.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import type { ActivityRow, ExchangeTrade } from '../../src/exchange/engine.ts';
import type { OrderRow } from '../../src/state/journal-rows.ts';
import type { Evidence } from './evidence.ts';
import { exceeded, type Happening, type Limits } from './exposure-replay.ts';

/** The configuration that the run had, in integers. */
export interface Rules extends Limits {
  maxTradeMicro: number;
  minTradeMicro: number;
  /** In millionths. */
  slippagePpm: number;
  maxTradeAgeMs: number;
}

export interface Proof {
  /** Every broken promise, as a sentence; none is the good answer. */
  violations: string[];
  /** How much there was to prove. */
  figures: Record<string, number>;
}

const MICRO = 1_000_000;

/** Holds what both sides say of a run against what the product promises. */
export function prove(evidence: Evidence, rules: Rules): Proof {
  const violations = [
    ...ordersAgree(evidence),
    ...tradesAgree(evidence),
    ...moneyAgrees(evidence),
    ...fillsDecidedOnce(evidence),
    ...copiesHaveOneSource(evidence, rules),
    ...noEntryWhileBarred(evidence),
    ...exceeded(byJournal(evidence), rules).map((words) => `journal: ${words}`),
    ...exceeded(byVenue(evidence), rules).map((words) => `venue: ${words}`),
  ];
  return { violations, figures: figuresOf(evidence) };
}

function ordersAgree({ journal, ours }: Evidence): string[] {
  const problems = [...ours.audit.problems];
  const ourOrders = new Map(journal.orders.map((order) => [order.orderId, order]));
  const there = new Map(ours.orders.map((order) => [order.orderId, order]));
  for (const [orderId, order] of there) {
    const row = ourOrders.get(orderId);
    if (!row) problems.push(`order ${orderId} is at the venue and not in the journal`);
    else {
      const same =
        row.side === order.side && row.tokenId === order.tokenId && row.draft.orderType === 'FAK';
      if (!same) problems.push(`order ${orderId} is another one at the venue`);
      const failed = row.status === 'void' || row.status === 'rejected';
      if (failed && order.matchedSizeMicro > 0) {
        problems.push(`order ${orderId} is ${row.status} and filled ${order.matchedSizeMicro}`);
      }
      if (row.status === 'done' && row.filledSharesMicro !== order.matchedSizeMicro) {
        const words = `${row.filledSharesMicro}, at the venue ${order.matchedSizeMicro}`;
        problems.push(`order ${orderId}: filled ${words}`);
      }
      if (order.status === 'LIVE' || order.status === 'DELAYED') {
        problems.push(`order ${orderId} is ${order.status} at the venue`);
      }
    }
  }
  for (const { orderId, status } of journal.orders) {
    if (status === 'done' && !there.has(orderId)) {
      problems.push(`order ${orderId} is ${status} and not at the venue`);
    }
  }
  return problems;
}

/** Our side of the venue's trades: what each of our orders gave and got. */
function venueFills({ ours }: Evidence) {
  return ours.trades.map((trade) => {
    if (trade.taker !== ours.wallet) throw new Error(`trade ${trade.id}: we were not the taker`);
    return trade;
  });
}

function tradesAgree(evidence: Evidence): string[] {
  const problems: string[] = [];
  const booked = new Map(evidence.journal.trades.map((trade) => [trade.tradeId, trade]));
  const fills = venueFills(evidence);
  if (booked.size !== evidence.journal.trades.length) problems.push('a trade is journaled twice');
  for (const trade of fills) {
    const row = booked.get(trade.id);
    if (!row) problems.push(`trade ${trade.id} is not in the journal`);
    else {
      const here = [row.orderId, row.tokenId, row.side, row.sizeMicro, row.priceMicro];
      const there = [
        trade.takerOrderId,
        trade.tokenId,
        trade.side,
        trade.sizeMicro,
        trade.priceMicro,
      ];
      here.push(row.feeMicro, row.status);
      there.push(trade.takerFeeMicro, trade.status);
      if (here.join() !== there.join()) {
        problems.push(`trade ${trade.id}: journal ${here.join()}, venue ${there.join()}`);
      }
    }
    booked.delete(trade.id);
  }
  for (const id of booked.keys()) problems.push(`trade ${id} is not at the venue`);
  return problems;
}

/** To the micro-unit: cash, and the shares of every token that is not paid out yet. */
function moneyAgrees({ journal, ours, markets }: Evidence): string[] {
  const problems: string[] = [];
  if (ours.flowsMicro !== ours.cashMicro) {
    problems.push(`the venue's own flows are ${ours.flowsMicro}, its cash ${ours.cashMicro}`);
  }
  const ledger = restoreLedger(journal.checkpoint);
  for (const event of journal.sinceCheckpoint) ledger.apply(event);
  const payouts = new Map<string, number>();
  for (const { tokenIds, resolution } of markets) {
    if (resolution === undefined) continue;
    for (const [index, tokenId] of tokenIds.entries()) {
      payouts.set(tokenId, resolution === 'split' ? MICRO / 2 : resolution === index ? MICRO : 0);
    }
  }
  const worth = (list: readonly { tokenId: string; sizeMicro: number }[]) =>
    list.reduce((sum, { tokenId, sizeMicro }) => {
      return sum + Math.floor((sizeMicro * (payouts.get(tokenId) ?? 0)) / MICRO);
    }, 0);
  const held = ledger
    .positions()
    .map(({ tokenId, sharesMicro }) => ({ tokenId, sizeMicro: sharesMicro }));
  const { cashMicro, receivableMicro, reservedMicro, adjustmentsMicro } = ledger.totals();
  const here = cashMicro + receivableMicro + worth(held);
  const there = ours.cashMicro + worth(ours.positions);
  if (here !== there) problems.push(`cash: journal ${here}, venue ${there}`);
  if (reservedMicro !== 0) problems.push(`${reservedMicro} is reserved and nothing is under way`);
  if (adjustmentsMicro !== 0) problems.push(`${adjustmentsMicro} was booked without a trade`);
  const open = (list: readonly { tokenId: string; sizeMicro: number }[]) =>
    list
      .filter(({ tokenId, sizeMicro }) => sizeMicro > 0 && !payouts.has(tokenId))
      .map(({ tokenId, sizeMicro }) => `${tokenId}: ${sizeMicro}`)
      .sort()
      .join(', ');
  if (open(held) !== open(ours.positions)) {
    problems.push(`positions: journal ${open(held)}; venue ${open(ours.positions)}`);
  }
  return problems;
}

/** The fills of a leader as the feeds show them, with the ids that the bot must give them. */
function fillsOf(activity: readonly ActivityRow[]): Map<string, ActivityRow> {
  const seen = new Map<string, number>();
  const fills = new Map<string, ActivityRow>();
  for (const row of activity) {
    if (row.type !== 'TRADE') continue;
    const target = row as unknown as TargetRow;
    const key = contentKey(target);
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    fills.set(fillId(target, ordinal), row);
  }
  return fills;
}

const secondOf = (ms: number) => Math.floor(ms / 1000) * 1000;

/** Every published fill of a followed leader has exactly one decision, and no decision lacks one. */
function fillsDecidedOnce({ journal, leaders }: Evidence): string[] {
  const problems: string[] = [];
  const decisions = new Map(journal.decisions.map((row) => [row.fillId, row]));
  const lastMs = Math.max(0, ...journal.decisions.map(({ seenAtMs }) => seenAtMs));
  for (const { wallet, activity } of leaders) {
    const baselineMs = journal.cursors.find((cursor) => cursor.wallet === wallet)?.baselineMs;
    if (baselineMs === undefined) {
      problems.push(`${wallet} has no baseline`);
      continue;
    }
    for (const [id, fill] of fillsOf(activity)) {
      const decision = decisions.get(id);
      decisions.delete(id);
      const timeMs = secondOf(fill.timestampMs);
      const owed = timeMs >= secondOf(baselineMs) && fill.timestampMs < lastMs - SETTLING_MS;
      if (!decision && owed) {
        const ago = lastMs - fill.timestampMs;
        problems.push(`fill ${id} has no decision, ${ago} ms before the last one`);
      }
      if (decision?.reason === 'baseline' && timeMs > secondOf(baselineMs)) {
        problems.push(`fill ${id} is refused as older than the following, and is not`);
      }
    }
  }
  for (const id of decisions.keys()) problems.push(`decision ${id} is about no fill of a leader`);
  return problems;
}

/** Fills of followed leaders, of any age, that have no decision yet. */
export function undecidedFills({ journal, leaders }: Pick<Evidence, 'journal' | 'leaders'>) {
  const decided = new Set(journal.decisions.map((row) => row.fillId));
  const baselines = new Map(journal.cursors.map((row) => [row.wallet, secondOf(row.baselineMs)]));
  return leaders.flatMap(({ wallet, activity }) => {
    const sinceMs = baselines.get(wallet) ?? Number.POSITIVE_INFINITY;
    const owed = [...fillsOf(activity)].filter(
      ([id, fill]) => secondOf(fill.timestampMs) >= sinceMs && !decided.has(id),
    );
    return owed.map(([id]) => id);
  });
}

/** What the last rows may still need to be polled, clock ms. */
const SETTLING_MS = 60_000;

function copiesHaveOneSource(evidence: Evidence, rules: Rules): string[] {
  const { journal, leaders } = evidence;
  const problems: string[] = [];
  const sources = new Map(leaders.flatMap(({ activity }) => [...fillsOf(activity)]));
  const decisions = new Map(journal.decisions.map((row) => [row.fillId, row]));
  if (new Set(journal.decisions.map(({ fillId: id }) => id)).size !== journal.decisions.length) {
    problems.push('a fill is decided twice');
  }
  if (new Set(journal.orders.map(({ fillId: id }) => id)).size !== journal.orders.length) {
    problems.push('a fill has two orders');
  }
  const fillsByOrder = Map.groupBy(venueFills(evidence), (trade) => trade.takerOrderId);
  for (const order of journal.orders) {
    if (order.kind === 'exit') {
      const sound = order.side === 'SELL' && order.fillId.startsWith(`exit:${order.tokenId}:`);
      if (!sound) problems.push(`order ${order.orderId} is no sound exit`);
      continue;
    }
    const fill = sources.get(order.fillId);
    const decision = decisions.get(order.fillId);
    if (!fill || decision?.orderId !== order.orderId || decision.result !== 'copy') {
      problems.push(`order ${order.orderId} copies ${order.fillId}, which is not its decision`);
      continue;
    }
    const same = fill.side === order.side && fill.tokenId === order.tokenId;
    if (!same || fill.wallet !== order.wallet) {
      problems.push(`order ${order.orderId} is not what its leader did`);
    }
    if (order.side === 'BUY') {
      const fills = fillsByOrder.get(order.orderId) ?? [];
      problems.push(...entryProblems(order, fill, fills, rules));
    }
  }
  for (const { result, orderId, fillId: id } of journal.decisions) {
    const order = journal.orders.find((row) => row.orderId === orderId);
    if (result === 'copy' && order?.fillId !== id) problems.push(`copy ${id} has no order`);
    if (result === 'skip' && orderId !== undefined) problems.push(`skip ${id} has an order`);
  }
  return problems;
}

function entryProblems(
  order: OrderRow,
  fill: ActivityRow,
  fills: readonly ExchangeTrade[],
  rules: Rules,
): string[] {
  const problems: string[] = [];
  const cost = order.draft.makerAmountMicro;
  if (cost > rules.maxTradeMicro || cost < rules.minTradeMicro) {
    problems.push(`entry ${order.orderId} costs ${cost} micro-USDC`);
  }
  const highest = Math.floor((fill.priceMicro * (MICRO + rules.slippagePpm)) / MICRO);
  for (const { priceMicro } of fills) {
    if (priceMicro > highest) {
      problems.push(`entry ${order.orderId} paid ${priceMicro}, allowed ${highest}`);
    }
  }
  const spent = fills.reduce((sum, { usdcMicro }) => sum + usdcMicro, 0);
  if (spent > cost) problems.push(`entry ${order.orderId} spent ${spent} of ${cost}`);
  const ageMs = order.createdAtMs - secondOf(fill.timestampMs);
  if (Math.abs(ageMs) > rules.maxTradeAgeMs) {
    problems.push(`entry ${order.orderId} follows a trade of ${ageMs} ms ago`);
  }
  return problems;
}

/** While tripped or halted nothing enters; while probing one at a time, and small. */
function noEntryWhileBarred({ journal }: Evidence): string[] {
  const problems: string[] = [];
  const entries = journal.orders.filter(({ side }) => side === 'BUY');
  const changes = journal.breaker.filter(({ latch }) => latch === 'trading');
  for (const [index, { to, atMs }] of changes.entries()) {
    const endMs = changes[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    // Of things within one millisecond nobody can say which came first.
    const during = entries.filter(({ createdAtMs }) => createdAtMs > atMs && createdAtMs < endMs);
    if (to === 'tripped' || to === 'halted') {
      for (const order of during) {
        problems.push(`entry ${order.orderId} at ${order.createdAtMs} while ${to} since ${atMs}`);
      }
    } else if (to === 'probing') {
      for (const [at, order] of during.entries()) {
        const earlier = during[at - 1];
        if (earlier && endOf(journal, earlier) > order.createdAtMs) {
          problems.push(`two probes at once: ${earlier.orderId} and ${order.orderId}`);
        }
      }
    }
  }
  return problems;
}

function endOf({ orderEvents }: Evidence['journal'], { orderId }: OrderRow): number {
  return Math.max(
    ...orderEvents.filter((event) => event.orderId === orderId).map(({ atMs }) => atMs),
  );
}

function byJournal({ journal }: Evidence): Happening[] {
  const refs = new Map(journal.orders.map((order) => [order.orderId, order]));
  return journal.ledgerEvents.flatMap((event): Happening[] => {
    const what = `${event.kind} at ${event.atMs}`;
    if (event.kind === 'reserve') {
      return event.side === 'BUY' ? [{ ...event, what: `${what} of ${event.orderId}` }] : [];
    }
    if (event.kind === 'fill') {
      const { wallet } = refs.get(event.orderId) ?? event;
      return [{ ...event, wallet, what: `${what} of ${event.orderId}` }];
    }
    if (event.kind === 'release' || event.kind === 'void' || event.kind === 'resolve') {
      return [{ ...event, what }];
    }
    return [];
  });
}

/** The same by what the venue knows, in its order: a match counts until it fails. */
function byVenue(evidence: Evidence): Happening[] {
  const orders = new Map(evidence.journal.orders.map((order) => [order.orderId, order]));
  const history: Happening[] = [];
  for (const trade of venueFills(evidence)) {
    const order = orders.get(trade.takerOrderId);
    if (!order) continue;
    const { tokenId, conditionId, eventSlug, wallet, orderId } = order;
    history.push({
      kind: 'fill',
      atMs: trade.matchedAtMs,
      what: `match ${trade.id} at ${trade.matchedAtMs}`,
      tokenId,
      conditionId,
      eventSlug,
      wallet,
      orderId,
      tradeId: trade.id,
      side: trade.side,
      sharesMicro: trade.sizeMicro,
      usdcMicro: trade.usdcMicro,
      feeMicro: trade.takerFeeMicro,
    });
    if (trade.status !== 'FAILED') continue;
    const atMs = trade.updatedAtMs;
    history.push({ kind: 'void', atMs, tradeId: trade.id, what: `failure of ${trade.id}` });
  }
  for (const { tokenIds, closedAtMs, resolution } of evidence.markets) {
    if (resolution === undefined || closedAtMs === undefined) continue;
    for (const tokenId of tokenIds) {
      const held = history.some((one) => one.kind === 'fill' && one.tokenId === tokenId);
      const what = `resolution of ${tokenId}`;
      if (held) history.push({ kind: 'resolve', atMs: closedAtMs, tokenId, what });
    }
  }
  return history.sort((a, b) => a.atMs - b.atMs);
}

function figuresOf({ journal, ours, leaders }: Evidence): Record<string, number> {
  const count = <T>(list: readonly T[], is: (item: T) => boolean) => list.filter(is).length;
  const figures: Record<string, number> = {
    leaderFills: leaders.reduce((sum, { activity }) => sum + fillsOf(activity).size, 0),
    decisions: journal.decisions.length,
    entries: count(journal.orders, ({ side }) => side === 'BUY'),
    mirroredSells: count(journal.orders, ({ side, kind }) => side === 'SELL' && kind === 'copy'),
    exits: count(journal.orders, ({ kind }) => kind === 'exit'),
    venueOrders: ours.orders.length,
    venueTrades: ours.trades.length,
    failedTrades: count(ours.trades, ({ status }) => status === 'FAILED'),
    redemptions: count(ours.flows, ({ kind }) => kind === 'redeem'),
    trips: count(journal.breaker, ({ latch, to }) => latch === 'trading' && to === 'tripped'),
  };
  for (const { status } of journal.orders) {
    figures[`orders ${status}`] = (figures[`orders ${status}`] ?? 0) + 1;
  }
  for (const { reason } of journal.decisions) {
    figures[`decided ${reason}`] = (figures[`decided ${reason}`] ?? 0) + 1;
  }
  return figures;
}
