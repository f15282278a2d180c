import type { WebSocket } from 'ws';
import { formatMicro, MICRO } from '../../core/money.ts';
import type { EngineEvent, ExchangeMarket, ExchangeTrade } from '../engine.ts';
import { bookOf } from './shapes/book.ts';
import { marketResolved, newMarket } from './shapes/market-event.ts';
import { createOutlet, type Outlet, onFrames, type SocketLimits, stringList } from './socket.ts';
import type { Wire } from './wire.ts';

/** /ws/market: books and trades of subscribed tokens. */

interface Subscriber {
  outlet: Outlet;
  tokens: Set<string>;
  /** Wants best_bid_ask, new_market and market_resolved too. */
  custom: boolean;
}

/** Tokens of one connection. */
const MAX_TOKENS = 5000;

export interface SocketRoom {
  accept(socket: WebSocket): void;
  onEvent(event: EngineEvent): void;
  closeAll(): void;
  size(): number;
}

export function createMarketSocket(wire: Wire, limits: SocketLimits): SocketRoom {
  const subscribers = new Map<WebSocket, Subscriber>();

  const publish = (tokenIds: readonly string[], custom: boolean, make: () => object) => {
    let line: string | undefined;
    for (const subscriber of subscribers.values()) {
      if (custom && !subscriber.custom) continue;
      if (!tokenIds.some((token) => subscriber.tokens.has(token))) continue;
      line ??= JSON.stringify(make());
      subscriber.outlet.text(line);
    }
  };
  const stamp = () => String(wire.engine.now());

  const onBook = ({ tokenId, changes }: Extract<EngineEvent, { kind: 'book' }>) => {
    const { engine } = wire;
    const best = () => {
      const book = engine.book(tokenId);
      return {
        best_bid: formatMicro(book?.bids.at(-1)?.priceMicro ?? 0),
        best_ask: formatMicro(book?.asks.at(-1)?.priceMicro ?? MICRO),
      };
    };
    const market = engine.marketOf(tokenId)?.conditionId ?? '';
    publish([tokenId], false, () => {
      const hash = bookOf(engine, tokenId)?.hash ?? '';
      return {
        event_type: 'price_change',
        market,
        price_changes: changes.map((change) => ({
          asset_id: tokenId,
          price: formatMicro(change.priceMicro),
          size: formatMicro(change.sizeMicro),
          side: change.side,
          hash,
          ...best(),
        })),
        timestamp: stamp(),
      };
    });
    publish([tokenId], true, () => {
      const { best_bid, best_ask } = best();
      const spread = String(Math.round((Number(best_ask) - Number(best_bid)) * MICRO) / MICRO);
      const event = { event_type: 'best_bid_ask', market, asset_id: tokenId };
      return { ...event, best_bid, best_ask, spread, timestamp: stamp() };
    });
  };
  const onTrade = (trade: ExchangeTrade) =>
    publish([trade.tokenId], false, () => ({
      event_type: 'last_trade_price',
      market: trade.conditionId,
      asset_id: trade.tokenId,
      fee_rate_bps: '0',
      price: formatMicro(trade.priceMicro),
      side: trade.side,
      size: formatMicro(trade.sizeMicro),
      timestamp: stamp(),
    }));
  const onTick = (market: ExchangeMarket, oldTickMicro: number) => {
    for (const tokenId of market.tokenIds) {
      publish([tokenId], false, () => ({
        event_type: 'tick_size_change',
        market: market.conditionId,
        asset_id: tokenId,
        old_tick_size: formatMicro(oldTickMicro),
        new_tick_size: formatMicro(market.tickMicro),
        timestamp: stamp(),
      }));
    }
  };
  /** Told to everybody who wants custom events, whatever their tokens. */
  const onNewMarket = (market: ExchangeMarket) => {
    for (const { custom, outlet } of subscribers.values()) {
      if (custom) outlet.send(newMarket(market, stamp()));
    }
  };

  return {
    accept(socket) {
      const outlet = createOutlet(socket, limits);
      const subscriber: Subscriber = { outlet, tokens: new Set(), custom: false };
      subscribers.set(socket, subscriber);
      socket.on('close', () => subscribers.delete(socket));
      onFrames(socket, outlet, (frame) => subscribe(wire, subscriber, frame));
    },
    onEvent(event) {
      if (event.kind === 'book') onBook(event);
      else if (event.kind === 'trade' && isFirst(event.trade)) onTrade(event.trade);
      else if (event.kind === 'tick') onTick(event.market, event.oldTickMicro);
      else if (event.kind === 'market') onNewMarket(event.market);
      else if (event.kind === 'resolved') {
        const { market } = event;
        publish(market.tokenIds, true, () => marketResolved(market, stamp()));
      }
    },
    closeAll() {
      for (const socket of subscribers.keys()) socket.close(1001, 'going away');
    },
    size: () => subscribers.size,
  };
}

/** A trade is told when it is matched; its later states are for its owners. */
function isFirst(trade: ExchangeTrade): boolean {
  return trade.status === 'MATCHED';
}

function subscribe(wire: Wire, subscriber: Subscriber, frame: Record<string, unknown>): boolean {
  const tokens = stringList(frame['assets_ids']);
  const operation = frame['operation'] ?? (frame['type'] === 'market' ? 'subscribe' : undefined);
  if (!tokens || (operation !== 'subscribe' && operation !== 'unsubscribe')) return false;
  if (typeof frame['custom_feature_enabled'] === 'boolean') {
    subscriber.custom = frame['custom_feature_enabled'];
  }
  const snapshots: object[] = [];
  for (const token of tokens) {
    if (operation === 'unsubscribe') subscriber.tokens.delete(token);
    else if (!subscriber.tokens.has(token) && subscriber.tokens.size < MAX_TOKENS) {
      subscriber.tokens.add(token);
      const book = bookOf(wire.engine, token);
      if (book) snapshots.push({ event_type: 'book', ...book });
    }
  }
  if (snapshots.length > 0) subscriber.outlet.send(snapshots);
  return true;
}
