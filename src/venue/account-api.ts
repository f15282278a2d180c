import type { MarketInfo } from '../core/market.ts';
import type { MicroUsdc } from '../core/money.ts';
import type { VenueOrder, VenueTrade } from '../core/order.ts';
import { EXCHANGE_CONTRACTS } from '../core/wallets.ts';
import { FailedError, InconclusiveError } from '../errors.ts';
import { type Account, parseOrder, parseTrade } from './account-parse.ts';
import type { Authenticator } from './credentials.ts';
import type { HttpClient, HttpRequest } from './http.ts';
import { isFields, textOf } from './json.ts';
import { createSignedHttp, notAnswered, type SignedHttp } from './signed-http.ts';

export interface AccountApi {
  cancel(orderId: string): Promise<void>;
  order(orderId: string): Promise<VenueOrder | undefined>;
  openOrders(): Promise<VenueOrder[]>;
  /** Our parts of one trade, whatever its status; empty when there is none of this id. */
  trade(tradeId: string): Promise<VenueTrade[]>;
  /** Oldest first. */
  tradesSince(sinceMs: number): Promise<VenueTrade[]>;
  cash(): Promise<MicroUsdc>;
  /** Base units that each of the exchange contracts may take at least; undefined if not told. */
  allowance(): Promise<number | undefined>;
  /** Only reductions are allowed for this account. */
  closedOnly(): Promise<boolean>;
}

export interface AccountApiOptions {
  http: HttpClient;
  authenticate: Authenticator;
  account: Account;
  /** Of our wallet, as the venue counts: 0 to 3. */
  signatureType: number;
  findMarket(tokenId: string): Promise<MarketInfo | undefined>;
}

const EXCHANGES = new Set(
  Object.values(EXCHANGE_CONTRACTS).map((contract) => contract.toLowerCase()),
);

export function createAccountApi(options: AccountApiOptions): AccountApi {
  const { account, findMarket } = options;
  const { send, get, pages } = createSignedHttp(options.http, options.authenticate);
  const trades = async (query: HttpRequest['query']): Promise<VenueTrade[]> => {
    const found: VenueTrade[] = [];
    const markets = new Map<string, MarketInfo | undefined>();
    for (const value of await pages('/data/trades', query)) {
      const tokenId = isFields(value) ? textOf(value.asset_id) : '';
      if (!markets.has(tokenId)) markets.set(tokenId, await findMarket(tokenId));
      const market = markets.get(tokenId);
      const parts = parseTrade(value, account, market);
      if (parts.length > 0 && !market) {
        // Without its market a fill has no fee, and wrong books are worse than none.
        throw new InconclusiveError(`the market of token ${tokenId} of our own trade is unknown`);
      }
      found.push(...parts);
    }
    return found.sort((a, b) => a.matchedAtMs - b.matchedAtMs);
  };
  const collateral = () =>
    get('/balance-allowance', {
      asset_type: 'COLLATERAL',
      signature_type: options.signatureType,
    });

  return {
    async cancel(orderId) {
      const body = JSON.stringify({ orderID: orderId });
      const path = '/order';
      const { status, value, text } = await send({ method: 'DELETE', path, body });
      if (status !== 200 || !isFields(value)) throw notAnswered('DELETE', path, status, text);
      const reasons = isFields(value.not_canceled) ? value.not_canceled : {};
      const reason = reasons[orderId];
      // An order that is gone already is what was wanted.
      if (reason !== undefined && !/already|not found/i.test(String(reason))) {
        throw new FailedError(`order ${orderId} was not cancelled: ${String(reason)}`);
      }
    },
    order: (orderId) => readOrder(send, orderId),
    async openOrders() {
      const orders = await pages('/data/orders', {});
      return orders.map((value) => {
        const order = parseOrder(value);
        if (!order) throw notAnswered('GET', '/data/orders', 200, JSON.stringify(value));
        return order;
      });
    },
    trade: (tradeId) => trades({ id: tradeId }),
    tradesSince: (sinceMs) => trades({ after: Math.max(0, Math.floor(sinceMs / 1000)) }),
    async cash() {
      const { balance } = await collateral();
      const micro = Number(balance);
      if (!/^\d+$/.test(String(balance)) || !Number.isSafeInteger(micro)) {
        const shown = JSON.stringify(balance);
        throw new InconclusiveError(`balance: ${shown} is not a whole number of base units`);
      }
      return micro;
    },
    async allowance() {
      const { allowances } = await collateral();
      if (!isFields(allowances)) return undefined;
      const ours = Object.entries(allowances).filter(([contract]) =>
        EXCHANGES.has(contract.toLowerCase()),
      );
      return ours.length === EXCHANGES.size
        ? Math.min(...ours.map(([, amount]) => Number(amount)))
        : undefined;
    },
    closedOnly: async () => (await get('/auth/ban-status/closed-only')).closed_only === true,
  };
}

async function readOrder(
  send: SignedHttp['send'],
  orderId: string,
): Promise<VenueOrder | undefined> {
  const path = `/data/order/${orderId}`;
  const { status, value, text } = await send({ method: 'GET', path });
  const missing =
    status === 404 ||
    (status === 400 && /not found/i.test(text)) ||
    (status === 200 && /^(null|\{\}|)$/.test(text.trim()));
  if (missing) return undefined;
  const order = status === 200 ? parseOrder(value) : undefined;
  if (!order) throw notAnswered('GET', path, status, text);
  return order;
}
