import { decide } from '../core/decide.ts';
import type { Decision, SkipReason, Snapshot } from '../core/decision.ts';
import type { LedgerEvent } from '../core/ledger-types.ts';
import type { TargetTrade } from '../core/trade.ts';
import { reasonOf } from '../errors.ts';
import { decisionRow, type OrderRow } from '../state/journal-rows.ts';
import { durable } from './durable.ts';
import type { Holdings } from './holdings.ts';
import type { Parts } from './parts.ts';
import type { Placement } from './place.ts';

export interface Copier {
  /**
   * Decides, reserves, signs and journals in one go, then hands the order to the socket. False where
   * `defers` wants it decided later, and then nothing has happened.
   */
  copy(trade: TargetTrade, defers?: (outlook: Outlook) => boolean): boolean;
  /** Records a skip that needs no decision: a baseline row. */
  skip(trade: TargetTrade, reason: SkipReason, detail: string): void;
}

/**
 * Why a trade would be skipped now; undefined: it would be copied. A start, a pause or blindness is
 * named only when it alone, or what gathering mends, stands in the way.
 */
export type Outlook = SkipReason | undefined;

type Copy = Extract<Decision, { result: 'copy' }>;

/**
 * The critical section. Nothing in `copy` awaits: between looking at the books and reserving in
 * them no other fill can be decided, and the signed bytes are on disk before they can be sent.
 */
export function createCopier(parts: Parts, placement: Placement, holdings: Holdings): Copier {
  const { clock, journal, stats, notice, policy } = parts;

  const telling = createTelling();
  const skip = (
    trade: TargetTrade,
    reason: SkipReason,
    detail: string,
    facts: Record<string, string | number> = {},
  ) => {
    const verdict = { result: 'skip', reason, detail, facts, orderId: undefined } as const;
    journal.queueDecision(decisionRow(trade, { ...verdict, decidedAtMs: clock.now() }));
    stats.decision('skip', reason);
    const nothing = { orderId: null, usdcMicro: null };
    telling.next(() => report(parts, trade, { result: 'skip', reason, detail, facts, ...nothing }));
  };
  const judge = (trade: TargetTrade): { decision: Decision; outlook: Outlook } => {
    const snapshot = snapshotFor(parts, holdings, trade);
    const decision = decide(trade, snapshot, policy());
    const reason = reasonOfSkip(decision);
    if (!isPassing(reason)) return { decision, outlook: reason };
    const beneath = decide(trade, { ...snapshot, entryBlock: undefined }, policy());
    const cause = reasonOfSkip(beneath);
    return {
      // What would not be copied anyway is told by its own reason. A copy is not made here.
      decision: reason === 'paused' && beneath.result === 'skip' ? beneath : decision,
      outlook: cause === undefined || isGathered(cause) ? reason : cause,
    };
  };
  const commit = (decision: Copy) => {
    const { trade } = decision;
    const row = commitCopy(parts, decision);
    if (row === undefined) {
      skip(trade, 'journal_unwritable', 'the order could not be journaled', decision.facts);
      return;
    }
    const order = parts.orders.add(row, 0);
    placement.place(order, trade.receivedTick);
    stats.decision('copy', 'copied');
    const usdcMicro =
      trade.side === 'BUY' ? decision.draft.makerAmountMicro : decision.draft.takerAmountMicro;
    const { orderId } = row;
    const { facts } = decision;
    const done = { result: 'copy', reason: 'copied', detail: '' } as const;
    telling.afterSending(() => report(parts, trade, { ...done, facts, orderId, usdcMicro }));
  };

  return {
    skip,
    copy(trade, defers) {
      try {
        const { decision, outlook } = judge(trade);
        if (defers?.(outlook)) return false;
        holdings.note(trade);
        if (decision.result === 'copy') commit(decision);
        else skip(trade, decision.reason, decision.detail, decision.facts);
      } catch (error) {
        notice('error', `fill ${trade.fillId} could not be decided: ${reasonOf(error)}`);
        if (!journal.hasDecision(trade.fillId)) skip(trade, 'internal_error', reasonOf(error));
      }
      return true;
    },
  };
}

function reasonOfSkip(decision: Decision): Outlook {
  return decision.result === 'skip' ? decision.reason : undefined;
}

/** A start compares with the venue and waits for the feed, a pause ends: nothing gets lost. */
export function isPassing(reason: Outlook): boolean {
  return reason === 'starting' || reason === 'blind' || reason === 'paused';
}

/** Whether reading market and book of the token may change it. */
export function isGathered(reason: Outlook): boolean {
  return reason === 'market_unknown' || reason === 'no_book';
}

/** Undefined: the disk refused it, and nothing has happened. */
function commitCopy(parts: Parts, decision: Copy): OrderRow | undefined {
  const { clock, venue, books } = parts;
  const { trade, draft, limitMicro, reserveMicro, reserveSharesMicro } = decision;
  const atMs = clock.now();
  const { orderId, payload } = venue.sign(draft, atMs);
  const market = venue.market(trade.tokenId);
  const row: OrderRow = {
    orderId,
    fillId: trade.fillId,
    kind: 'copy',
    wallet: trade.wallet,
    tokenId: trade.tokenId,
    conditionId: trade.conditionId,
    eventSlug: market?.eventSlug ?? trade.eventSlug,
    side: draft.side,
    draft,
    payload,
    limitMicro,
    reserveMicro,
    reserveSharesMicro,
    status: 'signed',
    filledSharesMicro: 0,
    filledUsdcMicro: 0,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  const verdict = { decidedAtMs: atMs, result: 'copy', reason: 'copied', detail: '' } as const;
  const { facts } = decision;
  const done = durable(parts, () =>
    books.record([reserveFor(row)], (tx) => {
      tx.decision(decisionRow(trade, { ...verdict, facts, orderId }));
      tx.order(row);
      tx.orderEvent({ orderId, atMs, kind: 'signed', detail: '' });
    }),
  );
  return done ? row : undefined;
}

export function reserveFor(row: OrderRow): LedgerEvent {
  const { orderId, tokenId, conditionId, eventSlug, wallet, side } = row;
  return {
    kind: 'reserve',
    orderId,
    tokenId,
    conditionId,
    eventSlug,
    wallet,
    side,
    cashMicro: row.reserveMicro,
    sharesMicro: row.reserveSharesMicro,
    atMs: row.createdAtMs,
  };
}

function snapshotFor(parts: Parts, holdings: Holdings, trade: TargetTrade): Snapshot {
  const { clock, venue, books, orders, guard, desk } = parts;
  const { tokenId, conditionId, wallet } = trade;
  const { ledger } = books;
  const market = venue.market(tokenId);
  const breaker = desk.state();
  const eventSlug = market?.eventSlug ?? trade.eventSlug;
  return {
    nowMs: clock.now(),
    breaker,
    entryBlock: guard.current()?.reason,
    probeInFlight: breaker.kind === 'probing' && orders.hasOpenBuy(),
    cashMicro: ledger.totals().freeMicro,
    equityMicro: books.equityMicro(),
    market,
    book: venue.book(tokenId),
    heldMicro: ledger.sellable(tokenId, wallet),
    pendingSellMicro: ledger.pendingSell(tokenId),
    leaderHoldingMicro: holdings.before(wallet, tokenId),
    exposure: ledger.exposure({ tokenId, conditionId, eventSlug, wallet }),
  };
}

/**
 * Tells those who watch in the order decided. An order goes to the socket at the end of the turn,
 * and what is told of it comes after that.
 */
function createTelling() {
  const untold: (() => void)[] = [];
  const tellAll = () => {
    for (const tell of untold.splice(0)) tell();
  };
  return {
    next(tell: () => void) {
      untold.push(tell);
      if (untold.length === 1) tellAll();
    },
    afterSending(tell: () => void) {
      untold.push(tell);
      if (untold.length === 1) setImmediate(tellAll);
    },
  };
}

function report(
  { emit }: Parts,
  trade: TargetTrade,
  verdict: {
    result: 'copy' | 'skip';
    reason: string;
    detail: string;
    facts: Readonly<Record<string, string | number>>;
    orderId: string | null;
    usdcMicro: number | null;
  },
): void {
  emit({
    kind: 'decision',
    fillId: trade.fillId,
    wallet: trade.wallet,
    title: trade.title,
    outcome: trade.outcome,
    side: trade.side,
    leaderSharesMicro: trade.sizeMicro,
    leaderPriceMicro: trade.priceMicro,
    ...verdict,
  });
}
