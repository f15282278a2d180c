import { MICRO } from '../../../core/money.ts';
import type { ExchangeEngine, ExchangePosition } from '../../engine.ts';
import { markOf, outcomeIndexOf } from './market.ts';

/** A holding as the Data API shows it; amounts are JSON numbers of dollars and shares. */
export function positionRow(engine: ExchangeEngine, position: ExchangePosition) {
  const market = engine.market(position.conditionId);
  if (!market) return undefined;
  const index = outcomeIndexOf(market, position.tokenId);
  const other = index === 0 ? 1 : 0;
  const curPrice = markOf(engine, market, index);
  const size = position.sizeMicro / MICRO;
  const currentValue = size * curPrice;
  const initialValue = position.costMicro / MICRO;
  const realizedPnl = position.realisedMicro / MICRO;
  return {
    proxyWallet: position.wallet,
    asset: position.tokenId,
    conditionId: position.conditionId,
    size,
    avgPrice: position.avgPriceMicro / MICRO,
    initialValue,
    currentValue,
    cashPnl: currentValue - initialValue,
    percentPnl: percent(currentValue - initialValue, initialValue),
    totalBought: size,
    realizedPnl,
    percentRealizedPnl: percent(realizedPnl, initialValue),
    curPrice,
    redeemable: position.redeemable,
    mergeable: false,
    title: market.question,
    slug: market.slug,
    icon: '',
    eventId: market.eventId,
    eventSlug: market.eventSlug,
    outcome: market.outcomes[index],
    outcomeIndex: index,
    oppositeOutcome: market.outcomes[other],
    oppositeAsset: market.tokenIds[other],
    endDate: new Date(market.endDateMs).toISOString().slice(0, 10),
    negativeRisk: market.negRisk,
  };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

/** A position that was sold or redeemed whole. */
export function closedPositionRow(engine: ExchangeEngine, position: ExchangePosition) {
  const row = positionRow(engine, position);
  if (!row) return undefined;
  const { proxyWallet, asset, conditionId, avgPrice, totalBought, realizedPnl, curPrice } = row;
  const { title, slug, icon, eventSlug, outcome, outcomeIndex, oppositeOutcome } = row;
  return {
    ...{ proxyWallet, asset, conditionId, avgPrice, totalBought, realizedPnl, curPrice },
    ...{ title, slug, icon, eventSlug, outcome, outcomeIndex, oppositeOutcome },
    oppositeAsset: row.oppositeAsset,
    endDate: row.endDate,
    timestamp: Math.floor(engine.now() / 1000),
  };
}
