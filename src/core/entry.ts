import { draftBuy } from './amounts.ts';
import type { Policy, SkipReason, Snapshot, WalletPolicy } from './decision.ts';
import { largestBuyFee } from './fees.ts';
import { rooms, tightest } from './limits.ts';
import type { Book, MarketInfo } from './market.ts';
import { floorTo, formatMicro, MICRO, type MicroUsdc, mulDiv, type PriceMicro } from './money.ts';
import type { OrderDraft } from './order.ts';
import { smallestEntry, tradeCap, wantedCost } from './sizing.ts';
import { averageOf, entryBound, walkAsks } from './slippage.ts';
import type { TargetTrade } from './trade.ts';

/** One decision on an entry in the making. Gates read the first three and fill in the rest. */
export interface Entry {
  readonly trade: TargetTrade;
  readonly snapshot: Snapshot;
  readonly policy: Policy;
  wallet: WalletPolicy | undefined;
  bestAskMicro: PriceMicro;
  limitMicro: PriceMicro;
  /** What the copy may cost, fee excluded: sized, then cut. */
  budgetMicro: MicroUsdc;
  draft: OrderDraft | undefined;
  reserveMicro: MicroUsdc;
  facts: Record<string, string | number>;
}

export type Refusal = readonly [reason: SkipReason, detail: string];
type Gate = (entry: Entry) => Refusal | undefined;

/**
 * What a copy must pass, in this order. The first refusal decides. Comparisons are written so that
 * NaN refuses, and a missing field refuses.
 */
export const ENTRY_GATES: readonly Gate[] = [
  breakerPermits,
  entriesOpen,
  numbersAreSound,
  freshEnough,
  walletEnabled,
  marketAllowed,
  marketOpen,
  bookFresh,
  slippageBounded,
  sizedAboveMinimum,
  positionCount,
  cutToLimits,
  written,
];

function breakerPermits({ snapshot }: Entry): Refusal | undefined {
  const { breaker } = snapshot;
  switch (breaker.kind) {
    case 'armed':
      return undefined;
    case 'tripped':
      return ['breaker_tripped', breaker.cause];
    case 'probing':
      return snapshot.probeInFlight ? ['breaker_probing', 'a probe is out'] : undefined;
    default:
      return ['halted', `by ${breaker.by}: ${breaker.reason}`];
  }
}

function entriesOpen({ snapshot }: Entry): Refusal | undefined {
  return snapshot.entryBlock === undefined
    ? undefined
    : [snapshot.entryBlock, `entries are blocked: ${snapshot.entryBlock}`];
}

function numbersAreSound({ trade, snapshot, policy }: Entry): Refusal | undefined {
  const { exposure } = snapshot;
  const sound =
    trade.sizeMicro > 0 &&
    trade.priceMicro > 0 &&
    trade.priceMicro <= MICRO &&
    Number.isSafeInteger(trade.sizeMicro) &&
    Number.isSafeInteger(trade.priceMicro) &&
    Number.isSafeInteger(snapshot.cashMicro) &&
    Number.isSafeInteger(snapshot.equityMicro) &&
    exposure.tokenMicro >= 0 &&
    exposure.walletMicro >= 0 &&
    exposure.marketMicro >= 0 &&
    exposure.eventMicro >= 0 &&
    exposure.totalMicro >= 0 &&
    exposure.openPositions >= 0 &&
    policy.maxSlippage >= 0 &&
    policy.maxSlippage <= 1;
  return sound ? undefined : ['internal_error', 'a number the decision rests on is unsound'];
}

function freshEnough({ trade, snapshot, policy, facts }: Entry): Refusal | undefined {
  const ageMs = snapshot.nowMs - trade.tradedAtMs;
  facts.ageMs = ageMs;
  // A trade far in the future is as doubtful as an old one: one of two clocks is wrong.
  if (Math.abs(ageMs) <= policy.maxTradeAgeMs) return undefined;
  return ['stale', `traded ${ageMs} ms ago, allowed ${policy.maxTradeAgeMs}`];
}

function walletEnabled(entry: Entry): Refusal | undefined {
  entry.wallet = entry.policy.wallets.get(entry.trade.wallet);
  if (entry.wallet === undefined) return ['wallet_disabled', 'wallet is not followed'];
  return entry.wallet.enabled ? undefined : ['wallet_disabled', 'wallet is switched off'];
}

function marketAllowed({ trade, policy }: Entry): Refusal | undefined {
  const named = (list: ReadonlySet<string>) =>
    list.has(trade.conditionId) || list.has(trade.slug) || list.has(trade.eventSlug);
  if (named(policy.denyMarkets)) return ['market_denied', 'on the deny list'];
  if (policy.allowMarkets.size > 0 && !named(policy.allowMarkets)) {
    return ['market_denied', 'not on the allow list'];
  }
  return undefined;
}

function marketOpen({ trade, snapshot, policy }: Entry): Refusal | undefined {
  const { market } = snapshot;
  if (market === undefined) return ['market_unknown', 'market not known yet'];
  if (market.conditionId !== trade.conditionId || !market.tokenIds.includes(trade.tokenId)) {
    return ['market_unknown', `market ${market.conditionId} does not hold the traded token`];
  }
  // The row's own names may be missing or wrong; the deny list means the market's too.
  if (policy.denyMarkets.has(market.slug) || policy.denyMarkets.has(market.eventSlug)) {
    return ['market_denied', 'on the deny list'];
  }
  if (!termsKnown(market)) return ['market_unknown', 'tick or fee of the market is unsound'];
  if (market.closed || market.resolution !== undefined) return ['market_closed', 'closed'];
  return market.acceptingOrders ? undefined : ['market_closed', 'takes no orders'];
}

function termsKnown({ tickMicro, feeRate, feeExponent }: MarketInfo): boolean {
  const tick = tickMicro > 0 && MICRO % tickMicro === 0;
  return tick && feeRate >= 0 && feeRate <= 1 && feeExponent >= 0 && feeExponent <= 8;
}

function bookFresh(entry: Entry): Refusal | undefined {
  const { trade, snapshot, policy, facts } = entry;
  const { book } = snapshot;
  if (book === undefined || book.tokenId !== trade.tokenId) return ['no_book', 'no live book'];
  const ageMs = snapshot.nowMs - book.updatedAtMs;
  facts.bookAgeMs = ageMs;
  if (!(ageMs <= policy.maxBookAgeMs)) {
    return ['no_book', `book is ${ageMs} ms old, allowed ${policy.maxBookAgeMs}`];
  }
  const best = book.asks[0];
  if (best === undefined) return ['no_book', 'nothing on offer'];
  entry.bestAskMicro = best.priceMicro;
  return undefined;
}

function slippageBounded(entry: Entry): Refusal | undefined {
  const { trade, snapshot, policy, facts, bestAskMicro: bestAsk } = entry;
  const { tickMicro } = snapshot.market as MarketInfo;
  const bound = entryBound(trade.priceMicro, policy.maxSlippage, tickMicro);
  facts.leaderPriceMicro = trade.priceMicro;
  facts.bestAskMicro = bestAsk;
  facts.limitMicro = bound ?? 0;
  if (bound === undefined || !(bestAsk <= bound)) {
    const most = bound === undefined ? 'less than a tick' : formatMicro(bound);
    return ['slippage', `best ask ${formatMicro(bestAsk)}, at most ${most} is paid`];
  }
  entry.limitMicro = bound;
  return undefined;
}

function sizedAboveMinimum(entry: Entry): Refusal | undefined {
  const { trade, snapshot, policy, facts } = entry;
  const wallet = entry.wallet as WalletPolicy;
  const minimum = smallestEntry(policy);
  const wanted = wantedCost(trade, wallet.sizing ?? policy.sizing, snapshot.equityMicro);
  const capped = Math.min(wanted, tradeCap(policy, wallet));
  facts.wantedMicro = wanted;
  facts.minimumMicro = minimum;
  if (!(capped >= minimum)) {
    return ['below_min', `${formatMicro(capped)} USDC, least is ${formatMicro(minimum)}`];
  }
  entry.budgetMicro = snapshot.breaker.kind === 'probing' ? minimum : capped;
  const walk = walkAsks((snapshot.book as Book).asks, entry.limitMicro, entry.budgetMicro);
  facts.sizedMicro = entry.budgetMicro;
  facts.depthMicro = walk.usdcMicro;
  facts.expectedPriceMicro = averageOf(walk);
  return walk.usdcMicro >= Math.min(minimum, entry.budgetMicro)
    ? undefined
    : ['slippage', `only ${formatMicro(walk.usdcMicro)} USDC on offer within the limit price`];
}

function positionCount({ snapshot, policy, facts }: Entry): Refusal | undefined {
  const { openPositions, positionOpen } = snapshot.exposure;
  facts.openPositions = openPositions;
  if (positionOpen || openPositions < policy.maxConcurrentPositions) return undefined;
  return ['max_positions', `${openPositions} open, allowed ${policy.maxConcurrentPositions}`];
}

/** Cuts to what the tightest limit leaves, fee included; refuses when that is below the minimum. */
function cutToLimits(entry: Entry): Refusal | undefined {
  const { snapshot, policy, facts } = entry;
  const market = snapshot.market as MarketInfo;
  const limit = tightest(rooms(snapshot, policy, entry.wallet as WalletPolicy));
  facts.tightestLimit = limit.name;
  facts.roomMicro = limit.leftMicro;
  const budget = affordable(entry.budgetMicro, limit.leftMicro, entry.limitMicro, market);
  if (!(budget >= smallestEntry(policy))) {
    const { limitMicro, usedMicro, leftMicro } = limit;
    const state =
      limit.name === 'cash'
        ? `${formatMicro(limitMicro)} free`
        : `${formatMicro(usedMicro)} of ${formatMicro(limitMicro)} used`;
    return [limit.reason, `${limit.name}: ${state}, ${formatMicro(leftMicro)} USDC left`];
  }
  entry.budgetMicro = budget;
  return undefined;
}

const CENT_MICRO = 10_000;

/** The largest whole cents, at most `wanted`, that fit `room` together with their largest fee. */
function affordable(
  wanted: MicroUsdc,
  room: MicroUsdc,
  limit: PriceMicro,
  market: MarketInfo,
): MicroUsdc {
  const fee = (sum: number) =>
    largestBuyFee(sum, limit, market.tickMicro, market.feeRate, market.feeExponent);
  const whole = floorTo(wanted, CENT_MICRO);
  if (whole + fee(whole) <= room) return whole;
  const sum = floorTo(mulDiv(room, MICRO, MICRO + fee(MICRO), 'down'), CENT_MICRO);
  // Fees are rounded, so that this may be a few micro too much; a cent is always enough.
  return sum + fee(sum) <= room ? sum : sum - CENT_MICRO;
}

function written(entry: Entry): Refusal | undefined {
  const { trade, snapshot, limitMicro, budgetMicro, facts } = entry;
  const { tickMicro, negRisk, feeRate, feeExponent } = snapshot.market as MarketInfo;
  const terms = { tokenId: trade.tokenId, tickMicro, negRisk };
  entry.draft = draftBuy(terms, limitMicro, budgetMicro);
  if (entry.draft === undefined) {
    return [
      'below_min',
      `${formatMicro(budgetMicro)} USDC cannot be written in the venue's decimals`,
    ];
  }
  const cost = entry.draft.makerAmountMicro;
  const feeMicro = largestBuyFee(cost, limitMicro, tickMicro, feeRate, feeExponent);
  facts.costMicro = cost;
  facts.largestFeeMicro = feeMicro;
  entry.reserveMicro = cost + feeMicro;
  return undefined;
}
