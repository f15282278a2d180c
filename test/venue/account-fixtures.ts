import type { MarketInfo } from '../../src/core/market.ts';
import type { VenueOrder, VenueTrade } from '../../src/core/order.ts';

export const account = { owner: 'our-key', wallet: `0x${'ab'.repeat(20)}` };
export const market = { feeRate: 0.04, feeExponent: 1 } as MarketInfo;
export const wireOrder = {
  id: '0xAB',
  status: 'LIVE',
  market: '0xC0',
  asset_id: '111',
  side: 'BUY',
  original_size: '100.0',
  size_matched: '25.5',
  price: '0.5',
  associate_trades: ['t1'],
};
export const order: VenueOrder = {
  orderId: '0xab',
  tokenId: '111',
  conditionId: '0xc0',
  side: 'BUY',
  status: 'LIVE',
  originalSizeMicro: 100_000_000,
  matchedSizeMicro: 25_500_000,
  priceMicro: 500_000,
  tradeIds: ['t1'],
};
export const wireTrade = {
  id: 't1',
  taker_order_id: '0xAB',
  market: '0xC0',
  asset_id: '111',
  side: 'BUY',
  size: '100',
  price: '0.5',
  status: 'TRADE_STATUS_CONFIRMED',
  match_time: '1760000000',
  owner: 'our-key',
  maker_address: account.wallet,
  transaction_hash: '0xFF',
  trader_side: 'TAKER',
  maker_orders: [
    {
      order_id: '0xother',
      owner: 'somebody',
      maker_address: '0xsomebody',
      matched_amount: '100',
      price: '0.5',
      asset_id: '111',
      side: 'SELL',
    },
  ],
};
export const trade: VenueTrade = {
  tradeId: 't1',
  orderId: '0xab',
  tokenId: '111',
  conditionId: '0xc0',
  side: 'BUY',
  sizeMicro: 100_000_000,
  priceMicro: 500_000,
  feeMicro: 1_000_000,
  status: 'CONFIRMED',
  matchedAtMs: 1_760_000_000_000,
  transactionHash: '0xff',
};
