import { MICRO } from '../../../core/money.ts';
import type { ExchangeEngine, ExchangeMarket } from '../../engine.ts';

/** A market in the venue's three dialects: CLOB short, CLOB long, Gamma. */

export function outcomeOf(engine: ExchangeEngine, tokenId: string): string {
  const market = engine.marketOf(tokenId);
  return market?.outcomes[outcomeIndexOf(market, tokenId)] ?? '';
}

export function outcomeIndexOf(market: ExchangeMarket, tokenId: string): 0 | 1 {
  return market.tokenIds[1] === tokenId ? 1 : 0;
}

/** What one share pays or would fetch: settled, else middle of the book, else the last trade. */
export function markOf(engine: ExchangeEngine, market: ExchangeMarket, index: 0 | 1): number {
  if (market.resolution === 'split') return 0.5;
  if (market.resolution !== undefined) return market.resolution === index ? 1 : 0;
  const book = engine.book(market.tokenIds[index]);
  const bid = book?.bids.at(-1)?.priceMicro;
  const ask = book?.asks.at(-1)?.priceMicro;
  if (bid !== undefined && ask !== undefined) return (bid + ask) / 2 / MICRO;
  return (bid ?? ask ?? book?.lastTradeMicro ?? MICRO / 2) / MICRO;
}

export function clobMarketShort(market: ExchangeMarket) {
  return {
    c: market.conditionId,
    t: market.tokenIds.map((token, index) => ({ t: token, o: market.outcomes[index] })),
    mts: market.tickMicro / MICRO,
    mos: market.minOrderSizeMicro / MICRO,
    nr: market.negRisk,
    fd: { r: market.feeRate, e: market.feeExponent, to: true },
    mbf: 0,
    tbf: 0,
    ao: market.acceptingOrders,
    sd: market.secondsDelay,
    itode: false,
    gst: null,
  };
}

export function clobMarketLong(engine: ExchangeEngine, market: ExchangeMarket) {
  return {
    condition_id: market.conditionId,
    question_id: market.conditionId,
    question: market.question,
    description: market.question,
    market_slug: market.slug,
    end_date_iso: isoOf(market.endDateMs),
    game_start_time: null,
    accepting_order_timestamp: isoOf(market.createdAtMs),
    active: true,
    closed: market.closed,
    archived: false,
    accepting_orders: market.acceptingOrders,
    enable_order_book: !market.closed,
    minimum_order_size: market.minOrderSizeMicro / MICRO,
    minimum_tick_size: market.tickMicro / MICRO,
    neg_risk: market.negRisk,
    neg_risk_market_id: '',
    neg_risk_request_id: '',
    is_50_50_outcome: market.resolution === 'split',
    maker_base_fee: 0,
    taker_base_fee: 0,
    seconds_delay: market.secondsDelay,
    notifications_enabled: true,
    fpmm: '',
    icon: '',
    image: '',
    rewards: { max_spread: 0, min_size: 0, rates: null },
    tags: [market.category],
    tokens: market.tokenIds.map((token, index) => ({
      token_id: token,
      outcome: market.outcomes[index],
      price: markOf(engine, market, index === 1 ? 1 : 0),
      winner: market.resolution === index,
    })),
  };
}

/** What every market on Gamma carries, and nothing on paper depends on. */
const STATIC_FIELDS = {
  approved: true,
  automaticallyActive: true,
  clearBookOnStart: false,
  cyom: false,
  deploying: false,
  featured: false,
  funded: false,
  hasReviewedDates: true,
  holdingRewardsEnabled: false,
  manualActivation: false,
  negRiskOther: false,
  new: false,
  pagerDutyNotificationEnabled: false,
  pendingDeployment: false,
  ready: false,
  requiresTranslation: false,
  rewardsMaxSpread: 0,
  rewardsMinSize: 0,
  rfqEnabled: false,
  volume: '0',
  volumeNum: 0,
} as const;

/** Gamma encodes lists as JSON text inside JSON. */
export function gammaMarket(engine: ExchangeEngine, market: ExchangeMarket) {
  const prices = [markOf(engine, market, 0), markOf(engine, market, 1)] as const;
  const book = engine.book(market.tokenIds[0]);
  const bid = (book?.bids.at(-1)?.priceMicro ?? 0) / MICRO;
  const ask = (book?.asks.at(-1)?.priceMicro ?? MICRO) / MICRO;
  const resolved = market.resolution !== undefined;
  return {
    id: market.id,
    question: market.question,
    conditionId: market.conditionId,
    questionID: market.conditionId,
    slug: market.slug,
    description: market.question,
    resolutionSource: '',
    startDate: isoOf(market.createdAtMs),
    endDate: isoOf(market.endDateMs),
    endDateIso: isoOf(market.endDateMs).slice(0, 10),
    ...(market.closedAtMs !== undefined && { closedTime: closedTime(market.closedAtMs) }),
    image: '',
    icon: '',
    outcomes: JSON.stringify(market.outcomes),
    outcomePrices: JSON.stringify(prices.map(String)),
    clobTokenIds: JSON.stringify(market.tokenIds),
    active: true,
    closed: market.closed,
    archived: false,
    restricted: false,
    marketMakerAddress: '',
    enableOrderBook: true,
    acceptingOrders: market.acceptingOrders,
    orderPriceMinTickSize: market.tickMicro / MICRO,
    orderMinSize: market.minOrderSizeMicro / MICRO,
    negRisk: market.negRisk,
    secondsDelay: market.secondsDelay,
    bestBid: bid,
    bestAsk: ask,
    spread: (ask * MICRO - bid * MICRO) / MICRO,
    lastTradePrice: (book?.lastTradeMicro ?? 0) / MICRO,
    feesEnabled: market.feeRate > 0,
    feeType: market.feeRate > 0 ? 'paper_fees' : null,
    feeSchedule: {
      exponent: market.feeExponent,
      rate: market.feeRate,
      takerOnly: true,
      rebateRate: 0,
    },
    umaResolutionStatus: resolved ? 'resolved' : '',
    umaResolutionStatuses: JSON.stringify(resolved ? ['proposed', 'resolved'] : []),
    events: [{ id: market.eventId, slug: market.eventSlug, title: market.eventTitle }],
    ...STATIC_FIELDS,
    acceptingOrdersTimestamp: isoOf(market.createdAtMs),
    createdAt: isoOf(market.createdAtMs),
    startDateIso: isoOf(market.createdAtMs).slice(0, 10),
    updatedAt: isoOf(market.closedAtMs ?? engine.now()),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** Gamma writes this one field in Postgres's manner. */
function closedTime(ms: number): string {
  return `${isoOf(ms).slice(0, 19).replace('T', ' ')}+00`;
}
