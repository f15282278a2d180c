import type { Config } from '../config/schema.ts';
import type { VenueTrade } from '../core/order.ts';
import { type AccountApi, createAccountApi } from './account-api.ts';
import { createSkewMeter } from './clock-skew.ts';
import { createAuthenticator } from './credentials.ts';
import type { Venue } from './port.ts';
import { createOrderPoster } from './post-order.ts';
import { preflight } from './preflight.ts';
import type { Reconnecting } from './reconnecting.ts';
import { openSession } from './session.ts';
import { createUserSocket } from './user-socket.ts';
import type { TradingOptions } from './venue.ts';

type Shared =
  | 'cancel'
  | 'fetchOrder'
  | 'fetchTrades'
  | 'openOrders'
  | 'tradesSince'
  | 'cash'
  | 'redeem';

/** The side of a venue that has orders, fills and cash. */
export interface Trading extends Pick<Venue, Shared> {
  /** API key's id, part of every order's body. */
  owner: string;
  start(): void;
  post: Venue['post'];
  /** Left out: the Data API tells. */
  positions?: Venue['positions'];
  clockSkewMs?: Venue['clockSkewMs'];
  close(): void;
}

/** Clock ms before a lost connection from which fills are read again. */
const GAP_MARGIN_MS = 120_000;
/** Real ms between two calls that keep a connection open while no market is watched. */
const WARM_MS = 25_000;

/** Signs in, checks what live trading needs, and connects the account's calls. */
export async function createTrading(options: TradingOptions): Promise<Trading> {
  const { clock, endpoints, clob, markets, handlers } = options;
  const { session, authenticate, account, api } = await signIn(options);
  const { credentials } = session;
  const { findMarket } = markets;
  let socket: Reconnecting | undefined;
  const skew = createSkewMeter(clob, clock.now);
  let warmth: NodeJS.Timeout | undefined;
  let syncedMs = clock.now();
  const onTrade = (trade: VenueTrade) => handlers.current?.onTrade(trade);
  const fillGap = async () => {
    const fromMs = syncedMs - GAP_MARGIN_MS;
    const nowMs = clock.now();
    for (const trade of await api.tradesSince(fromMs)) onTrade(trade);
    for (const order of await api.openOrders()) handlers.current?.onOrder(order);
    syncedMs = nowMs;
  };
  return {
    owner: credentials.key,
    start() {
      // The next order must not wait for a new connection; a failed ping is the next one's matter.
      void skew.measure();
      warmth ??= setInterval(skew.measure, WARM_MS);
      socket ??= createUserSocket({
        url: endpoints.userSocket,
        credentials,
        account,
        findMarket,
        onOrder: (order) => handlers.current?.onOrder(order),
        onTrade,
        // Failed reads leave the gap open; the next loss, or reconciliation, reads further back.
        onGap: () => void fillGap().catch(() => {}),
      });
    },
    post: createOrderPoster(clob, authenticate),
    cancel: api.cancel,
    fetchOrder: api.order,
    async fetchTrades(orderId) {
      const order = await api.order(orderId);
      const trades = await Promise.all((order?.tradeIds ?? []).map((id) => api.trade(id)));
      return trades.flat().filter((trade) => trade.orderId === orderId);
    },
    openOrders: api.openOrders,
    tradesSince: api.tradesSince,
    cash: api.cash,
    clockSkewMs: skew.skewMs,
    redeem: session.redeem,
    close() {
      clearInterval(warmth);
      socket?.close();
    },
  };
}

async function signIn(options: TradingOptions) {
  const { config, endpoints, identity, clob, timeoutMs } = options;
  const realNowMs = options.realNowMs ?? Date.now;
  const check = async (account: AccountApi | Error) => {
    if (config.TRADING_MODE !== 'live') return;
    await preflight({ config, endpoints, clob, account, timeoutMs, realNowMs });
  };
  const session = await openSession({
    endpoints,
    identity,
    timeoutMs,
    relayer: relayerOf(config),
  }).catch(async (error: Error) => {
    await check(error);
    throw error;
  });
  const { credentials } = session;
  const authenticate = createAuthenticator(identity.signer, credentials, realNowMs);
  const account = { owner: credentials.key, wallet: identity.funder.toLowerCase() };
  const { findMarket } = options.markets;
  const { signatureType } = identity;
  const api = createAccountApi({ http: clob, authenticate, account, signatureType, findMarket });
  await check(api);
  return { session, authenticate, account, api };
}

function relayerOf({ RELAYER_API_KEY, RELAYER_API_KEY_ADDRESS }: Config) {
  if (!RELAYER_API_KEY || !RELAYER_API_KEY_ADDRESS) return undefined;
  return { key: RELAYER_API_KEY.reveal(), address: RELAYER_API_KEY_ADDRESS };
}
