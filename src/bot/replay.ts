import { decide } from '../core/decide.ts';
import type { Decision, Policy, Snapshot } from '../core/decision.ts';
import { takerFee } from '../core/fees.ts';
import { createLedger } from '../core/ledger.ts';
import type { Ledger, TokenRef } from '../core/ledger-types.ts';
import type { Book, MarketInfo } from '../core/market.ts';
import { MICRO, type MicroUsdc, notional, type PriceMicro } from '../core/money.ts';
import { createSightings } from '../core/sightings.ts';
import type { TargetRow, TargetTrade } from '../core/trade.ts';

export interface ReplayOptions {
  policy: Policy;
  cashMicro: MicroUsdc;
  /** From the leader's trade to our decision. */
  lagMs: number;
  /** Half the spread of the synthetic book around the leader's price. */
  halfSpreadMicro: PriceMicro;
  feeRate: number;
}

export interface ReplaySummary {
  rows: number;
  fills: number;
  /** Rows that were no new fill: repeats of overlapping pages. */
  repeats: number;
  copied: number;
  skipped: Record<string, number>;
  boughtMicro: MicroUsdc;
  soldMicro: MicroUsdc;
  feesMicro: MicroUsdc;
  cashMicro: MicroUsdc;
  openCostMicro: MicroUsdc;
  realisedMicro: MicroUsdc;
  /** Open positions at the last price each token traded at. */
  unrealisedMicro: MicroUsdc;
  openPositions: number;
}

export interface Replay {
  /** One page of rows as one response had them, oldest first. */
  page(rows: readonly TargetRow[]): void;
  summary(): ReplaySummary;
}

const NOT_ASKED: Snapshot['exposure'] = {
  tokenMicro: Number.NaN,
  walletMicro: Number.NaN,
  marketMicro: Number.NaN,
  eventMicro: Number.NaN,
  totalMicro: Number.NaN,
  openPositions: Number.NaN,
  positionOpen: false,
};

const TICK_MICRO = 1000;
const DEEP_MICRO = 1_000_000 * MICRO;

/**
 * Recorded rows through identity and decision, with books made up around each leader's price and
 * every order filled at once at the best level. It shows what the policy would have done, not what
 * the market would have given.
 */
export function createReplay(options: ReplayOptions): Replay {
  const sightings = createSightings();
  const ledger = createLedger(options.cashMicro);
  const lastPrice = new Map<string, PriceMicro>();
  const skipped: Record<string, number> = {};
  let [rows, fills, copied, bought, sold] = [0, 0, 0, 0, 0];

  const take = (trade: TargetTrade) => {
    fills += 1;
    const decision = decide(trade, snapshotOf(options, ledger, trade), options.policy);
    lastPrice.set(trade.tokenId, trade.priceMicro);
    if (decision.result === 'skip') {
      skipped[decision.reason] = (skipped[decision.reason] ?? 0) + 1;
      return;
    }
    copied += 1;
    const usdc = fillAtOnce(options, ledger, decision, copied);
    if (trade.side === 'BUY') bought += usdc;
    else sold += usdc;
  };
  return {
    page(page) {
      rows += page.length;
      for (const trade of sightings.seePage(page)) take(trade);
    },
    summary() {
      const totals = ledger.totals();
      return {
        rows,
        fills,
        repeats: rows - fills,
        copied,
        skipped,
        boughtMicro: bought,
        soldMicro: sold,
        feesMicro: totals.feesMicro,
        cashMicro: totals.cashMicro,
        openCostMicro: totals.openCostMicro,
        realisedMicro: totals.realisedMicro,
        unrealisedMicro: ledger.unrealised((tokenId) => lastPrice.get(tokenId)),
        openPositions: ledger.positions().length,
      };
    },
  };
}

function snapshotOf(options: ReplayOptions, ledger: Ledger, trade: TargetTrade): Snapshot {
  const { tokenId, conditionId, eventSlug, wallet } = trade;
  const nowMs = trade.tradedAtMs + options.lagMs;
  const totals = ledger.totals();
  const ref = { tokenId, conditionId, eventSlug, wallet };
  return {
    nowMs,
    breaker: { kind: 'armed' },
    entryBlock: undefined,
    probeInFlight: false,
    cashMicro: totals.freeMicro,
    equityMicro: totals.cashMicro + totals.openCostMicro,
    market: marketOf(options, trade, nowMs),
    book: bookOf(options, trade, nowMs),
    heldMicro: ledger.sellable(tokenId, wallet),
    pendingSellMicro: 0,
    leaderHoldingMicro: undefined,
    // A walk over what is open, which only entries ask for; were it asked for here, NaN refuses.
    exposure: trade.side === 'BUY' ? ledger.exposure(ref) : NOT_ASKED,
  };
}

function marketOf({ feeRate }: ReplayOptions, trade: TargetTrade, nowMs: number): MarketInfo {
  const { tokenId, conditionId, title, slug, eventSlug, outcome } = trade;
  return {
    conditionId,
    tokenIds: [tokenId, tokenId],
    outcomes: [outcome, outcome],
    title,
    slug,
    eventSlug,
    tickMicro: TICK_MICRO,
    minOrderSizeMicro: 5 * MICRO,
    negRisk: false,
    feeRate,
    feeExponent: 1,
    acceptingOrders: true,
    closed: false,
    fetchedAtMs: nowMs,
  };
}

function bookOf({ halfSpreadMicro }: ReplayOptions, trade: TargetTrade, nowMs: number): Book {
  const { tokenId, priceMicro } = trade;
  const ask = Math.ceil((priceMicro + halfSpreadMicro) / TICK_MICRO) * TICK_MICRO;
  const bid = Math.floor((priceMicro - halfSpreadMicro) / TICK_MICRO) * TICK_MICRO;
  const level = (price: PriceMicro) => ({ priceMicro: price, sizeMicro: DEEP_MICRO });
  return {
    tokenId,
    asks: ask <= MICRO - TICK_MICRO ? [level(ask)] : [],
    bids: bid >= TICK_MICRO ? [level(bid)] : [],
    updatedAtMs: nowMs,
  };
}

/** What it cost or brought, fee excluded. */
function fillAtOnce(
  options: ReplayOptions,
  ledger: Ledger,
  decision: Extract<Decision, { result: 'copy' }>,
  n: number,
): MicroUsdc {
  const { trade, draft } = decision;
  const { tokenId, conditionId, eventSlug, wallet } = trade;
  const ref: TokenRef = { tokenId, conditionId, eventSlug, wallet };
  const book = bookOf(options, trade, trade.tradedAtMs);
  const isBuy = draft.side === 'BUY';
  const price = (isBuy ? book.asks : book.bids)[0]?.priceMicro ?? decision.limitMicro;
  const sharesMicro = isBuy
    ? Math.floor((draft.makerAmountMicro * 100) / price) * 10_000
    : draft.makerAmountMicro;
  const usdcMicro = notional(sharesMicro, price, 'nearest');
  const feeMicro = takerFee(sharesMicro, price, options.feeRate, 1);
  const tradeId = `replay-${n}`;
  const atMs = trade.tradedAtMs;
  const amounts = { side: draft.side, sharesMicro, usdcMicro, feeMicro };
  ledger.apply({ kind: 'fill', ...ref, ...amounts, tradeId, orderId: tradeId, atMs });
  ledger.apply({ kind: 'confirm', tradeId, atMs });
  return usdcMicro;
}
