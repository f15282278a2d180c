import type { WebSocket } from 'ws';
import type { EngineEvent, ExchangeMarket, ExchangeTrade } from '../engine.ts';
import { bookOf } from './shapes/book.ts';
import {
  bestBidAsk,
  lastTradePrice,
  marketResolved,
  newMarket,
  priceChange,
  tickSizeChange,
} from './shapes/market-event.ts';
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
  const { engine } = wire;
  const subscribers = new Map<WebSocket, Subscriber>();

  /** Makes the message once, and only when somebody wants it. */
  const publish = (tokenIds: readonly string[], custom: boolean, make: () => object) => {
    let line: string | undefined;
    for (const subscriber of subscribers.values()) {
      if (custom && !subscriber.custom) continue;
      if (!tokenIds.some((token) => subscriber.tokens.has(token))) continue;
      line ??= JSON.stringify(make());
      subscriber.outlet.text(line);
    }
  };
  /** New markets are told to everybody who wants custom events, whatever their tokens. */
  const announce = (market: ExchangeMarket) => {
    for (const { custom, outlet } of subscribers.values()) {
      if (custom) outlet.send(newMarket(market, String(engine.now())));
    }
  };
  const onEvent = (event: EngineEvent) => {
    if (event.kind === 'book') {
      publish([event.tokenId], false, () => priceChange(engine, event));
      publish([event.tokenId], true, () => bestBidAsk(engine, event));
    } else if (event.kind === 'trade' && isFirst(event.trade)) {
      publish([event.trade.tokenId], false, () => lastTradePrice(engine, event.trade));
    } else if (event.kind === 'tick') {
      const { market, oldTickMicro } = event;
      for (const token of market.tokenIds) {
        publish([token], false, () => tickSizeChange(engine, market, token, oldTickMicro));
      }
    } else if (event.kind === 'market') announce(event.market);
    else if (event.kind === 'resolved') {
      const { market } = event;
      publish(market.tokenIds, true, () => marketResolved(market, String(engine.now())));
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
    onEvent,
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
