import { createHash } from 'node:crypto';
import { takerFee } from '../../src/core/fees.ts';
import type { Book, MarketInfo } from '../../src/core/market.ts';
import { MICRO, notional } from '../../src/core/money.ts';
import type {
  OrderDraft,
  PostOutcome,
  SignedOrder,
  VenueOrder,
  VenuePosition,
  VenueTrade,
} from '../../src/core/order.ts';
import type { FeedHealth, Venue, VenueHandlers } from '../../src/venue/port.ts';

/** What becomes of the next posts, in order; `fill` once the list is empty. */
export type Script =
  | 'fill'
  | 'partial' // half is filled
  | 'no_match'
  | 'reject'
  | 'no_balance'
  | 'lost_answer' // filled, but the answer never comes
  | 'lost_order' // never arrives
  | 'delayed'
  | 'hang'; // no answer until release()

export interface Held {
  draft: OrderDraft;
  order: VenueOrder;
}

export interface FakeVenue extends Venue {
  handlers: VenueHandlers;
  script: Script[];
  posts: SignedOrder[];
  orders: Map<string, Held>;
  trades: VenueTrade[];
  held: Map<string, number>;
  health: FeedHealth;
  cashMicro: number;
  /** Set: every read of the account fails. */
  down: boolean;
  redeemed: string[];
  canceled: string[];
  backfills: string[];
  leaderHoldings: Map<string, Map<string, number>>;
  /** Runs when bytes are handed over, before any outcome. */
  onPost: ((order: SignedOrder) => void) | undefined;
  /** Prices at which everything trades, with as much as anybody wants. */
  quote(tokenId: string, bidMicro: number, askMicro: number): void;
  /** A market of two tokens, `<name>-yes` and `<name>-no`. */
  list(name: string, change?: Partial<MarketInfo>): MarketInfo;
  /** Known to the venue, but in our memory only after a gather. */
  hidden: Set<string>;
  confirm(trade: VenueTrade): void;
  fail(trade: VenueTrade): void;
  fillDelayed(orderId: string): void;
  release(): void;
}

const FEE_RATE = 0.04;

export function createFakeVenue(now: () => number, cashMicro = 1000 * MICRO): FakeVenue {
  const markets = new Map<string, MarketInfo>();
  const books = new Map<string, { bid: number; ask: number }>();
  const drafts = new Map<string, OrderDraft>();
  const hanging: (() => void)[] = [];
  let signatures = 0;

  const settle = (trade: VenueTrade, status: VenueTrade['status']) => {
    trade.status = status;
    venue.handlers.onTrade({ ...trade });
  };
  const move = (trade: VenueTrade, sign: 1 | -1) => {
    const usdc = notional(trade.sizeMicro, trade.priceMicro, 'nearest');
    const isBuy = trade.side === 'BUY';
    venue.cashMicro += sign * ((isBuy ? -usdc : usdc) - trade.feeMicro);
    const held = (venue.held.get(trade.tokenId) ?? 0) + sign * (isBuy ? 1 : -1) * trade.sizeMicro;
    if (held === 0) venue.held.delete(trade.tokenId);
    else venue.held.set(trade.tokenId, held);
  };
  const match = (orderId: string, draft: OrderDraft, share: number): VenueTrade => {
    const quote = books.get(draft.tokenId) ?? { bid: 0, ask: 0 };
    const isBuy = draft.side === 'BUY';
    const priceMicro = isBuy ? quote.ask : quote.bid;
    const all = isBuy
      ? Math.floor((draft.makerAmountMicro * 100) / priceMicro) * 10_000
      : draft.makerAmountMicro;
    const sizeMicro = Math.floor((all * share) / 10_000) * 10_000;
    const trade: VenueTrade = {
      tradeId: `trade-${venue.trades.length + 1}`,
      orderId,
      tokenId: draft.tokenId,
      conditionId: markets.get(draft.tokenId)?.conditionId ?? '',
      side: draft.side,
      sizeMicro,
      priceMicro,
      feeMicro: takerFee(sizeMicro, priceMicro, FEE_RATE, 1),
      status: 'MATCHED',
      matchedAtMs: now(),
      transactionHash: '',
    };
    venue.trades.push(trade);
    move(trade, 1);
    const held = venue.orders.get(orderId);
    if (held) {
      held.order.status = 'MATCHED';
      held.order.matchedSizeMicro = sizeMicro;
      held.order.tradeIds = [trade.tradeId];
    }
    return trade;
  };
  const enter = (orderId: string, draft: OrderDraft, status: VenueOrder['status']) => {
    const order: VenueOrder = {
      orderId,
      tokenId: draft.tokenId,
      conditionId: markets.get(draft.tokenId)?.conditionId ?? '',
      side: draft.side,
      status,
      originalSizeMicro: draft.takerAmountMicro,
      matchedSizeMicro: 0,
      priceMicro: 0,
      tradeIds: [],
    };
    venue.orders.set(orderId, { draft, order });
  };
  const accept = (orderId: string, draft: OrderDraft, share: number): PostOutcome => {
    enter(orderId, draft, 'MATCHED');
    const trade = match(orderId, draft, share);
    queueMicrotask(() => venue.handlers.onTrade({ ...trade }));
    return {
      kind: 'accepted',
      status: 'matched',
      filledSharesMicro: trade.sizeMicro,
      filledUsdcMicro: notional(trade.sizeMicro, trade.priceMicro, 'nearest'),
      tradeIds: [trade.tradeId],
    };
  };
  const rejected = (code: string): PostOutcome => ({ kind: 'rejected', code, message: code });
  const unknown: PostOutcome = { kind: 'unknown', message: 'timeout' };
  const online = () => {
    if (venue.down) throw new Error('the venue is down');
  };

  const venue: FakeVenue = {
    mode: 'paper',
    chainId: 31337,
    account: `0x${'11'.repeat(20)}`,
    handlers: undefined as unknown as VenueHandlers,
    script: [],
    posts: [],
    orders: new Map(),
    trades: [],
    held: new Map(),
    health: {
      lastMessageAtMs: undefined,
      connected: true,
      rows: 0,
      followedRows: 0,
      quarantined: 0,
      reconnects: 0,
      lastPollAtMs: undefined,
      pollFailures: 0,
    },
    cashMicro,
    down: false,
    redeemed: [],
    canceled: [],
    backfills: [],
    leaderHoldings: new Map(),
    onPost: undefined,
    hidden: new Set(),
    quote: (tokenId, bid, ask) => void books.set(tokenId, { bid, ask }),
    list(name, change) {
      const known = markets.get(`${name}-yes`);
      if (known && !change) return known;
      const market: MarketInfo = {
        conditionId: `0x${createHash('sha256').update(name).digest('hex')}`,
        tokenIds: [`${name}-yes`, `${name}-no`],
        outcomes: ['Yes', 'No'],
        title: name,
        slug: name,
        eventSlug: name,
        tickMicro: 10_000,
        minOrderSizeMicro: 5 * MICRO,
        negRisk: false,
        feeRate: FEE_RATE,
        feeExponent: 1,
        acceptingOrders: true,
        closed: false,
        fetchedAtMs: now(),
        ...known,
        ...change,
      };
      for (const tokenId of market.tokenIds) markets.set(tokenId, market);
      return market;
    },
    confirm: (trade) => settle(trade, 'CONFIRMED'),
    fail(trade) {
      move(trade, -1);
      settle(trade, 'FAILED');
    },
    fillDelayed(orderId) {
      const held = venue.orders.get(orderId);
      if (held) match(orderId, held.draft, 1);
    },
    release: () => {
      for (const go of hanging.splice(0)) go();
    },

    start: async (handlers) => {
      venue.handlers = handlers;
    },
    close: async () => {},
    follow: () => {},
    watch: (tokenId) => void venue.hidden.delete(tokenId),
    unwatch: () => {},
    market: (tokenId) => (venue.hidden.has(tokenId) ? undefined : markets.get(tokenId)),
    book(tokenId): Book | undefined {
      const quote = books.get(tokenId);
      if (!quote || venue.hidden.has(tokenId)) return undefined;
      const level = (priceMicro: number) => [{ priceMicro, sizeMicro: 100_000 * MICRO }];
      const { bid, ask } = quote;
      return { tokenId, bids: level(bid), asks: level(ask), updatedAtMs: now() };
    },
    async gather(tokenId) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      venue.hidden.delete(tokenId);
    },
    sign(draft) {
      signatures += 1;
      const payload = JSON.stringify({ salt: signatures, pid: process.pid, at: now(), draft });
      const orderId = `0x${createHash('sha256').update(payload).digest('hex')}`;
      drafts.set(orderId, draft);
      return { orderId, payload };
    },
    async post(signed, onSent) {
      onSent?.();
      venue.posts.push(signed);
      venue.onPost?.(signed);
      const { orderId } = signed;
      const draft = (JSON.parse(signed.payload) as { draft: OrderDraft }).draft;
      if (venue.orders.has(orderId)) return rejected('duplicate');
      switch (venue.script.shift() ?? 'fill') {
        case 'fill':
          return accept(orderId, draft, 1);
        case 'partial':
          return accept(orderId, draft, 0.5);
        case 'no_match':
          return rejected('fak_no_match');
        case 'reject':
          return rejected('invalid_signature');
        case 'no_balance':
          return rejected('insufficient_balance');
        case 'lost_answer':
          enter(orderId, draft, 'MATCHED');
          match(orderId, draft, 1);
          return unknown;
        case 'lost_order':
          return unknown;
        case 'delayed': {
          enter(orderId, draft, 'DELAYED');
          const none = { filledSharesMicro: 0, filledUsdcMicro: 0, tradeIds: [] };
          return { kind: 'accepted', status: 'delayed', ...none };
        }
        case 'hang':
          await new Promise<void>((resolve) => hanging.push(resolve));
          return accept(orderId, draft, 1);
      }
    },
    async cancel(orderId) {
      venue.canceled.push(orderId);
      const held = venue.orders.get(orderId);
      if (held) held.order.status = 'CANCELED';
    },
    async fetchOrder(orderId) {
      online();
      const held = venue.orders.get(orderId);
      return held && { ...held.order };
    },
    async fetchTrades(orderId) {
      online();
      return venue.trades.filter((trade) => trade.orderId === orderId).map((it) => ({ ...it }));
    },
    async openOrders() {
      online();
      const open = ({ order }: Held) => order.status === 'LIVE' || order.status === 'DELAYED';
      return [...venue.orders.values()].filter(open).map(({ order }) => order);
    },
    async tradesSince() {
      online();
      return venue.trades.map((trade) => ({ ...trade }));
    },
    async positions(): Promise<VenuePosition[]> {
      online();
      return Array.from(venue.held, ([tokenId, sizeMicro]) => ({
        tokenId,
        conditionId: markets.get(tokenId)?.conditionId ?? '',
        sizeMicro,
        redeemable: markets.get(tokenId)?.resolution !== undefined,
      }));
    },
    async cash() {
      online();
      return venue.cashMicro;
    },
    holdingsOf: async (wallet) => venue.leaderHoldings.get(wallet) ?? new Map(),
    async redeem(conditionId) {
      online();
      venue.redeemed.push(conditionId);
      for (const [tokenId, size] of venue.held) {
        const market = markets.get(tokenId);
        if (market?.conditionId !== conditionId) continue;
        const index = market.tokenIds.indexOf(tokenId);
        const { resolution } = market;
        const pays = resolution === 'split' ? MICRO / 2 : resolution === index ? MICRO : 0;
        venue.cashMicro += notional(size, pays, 'down');
        venue.held.delete(tokenId);
      }
    },
    backfill: async (wallet) => void venue.backfills.push(wallet),
    feedHealth: () => ({
      ...venue.health,
      lastMessageAtMs: venue.health.lastMessageAtMs ?? now(),
      lastPollAtMs: venue.health.lastPollAtMs ?? now(),
    }),
  };
  return venue;
}
