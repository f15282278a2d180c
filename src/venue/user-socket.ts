import type { MarketInfo } from '../core/market.ts';
import type { VenueOrder, VenueTrade } from '../core/order.ts';
import { type Account, parseOrder, parseTrade } from './account-parse.ts';
import type { ApiCredentials } from './credentials.ts';
import { isFields, listOf, parseJson, textOf } from './json.ts';
import { keepConnected, type Reconnecting } from './reconnecting.ts';

export interface UserSocketOptions {
  url: string;
  credentials: ApiCredentials;
  account: Account;
  findMarket(tokenId: string): Promise<MarketInfo | undefined>;
  onOrder(order: VenueOrder): void;
  onTrade(trade: VenueTrade): void;
  /** Connected again: what happened meanwhile must be read by REST. */
  onGap(): void;
  random?: () => number;
}

const PING_MS = 10_000;
const DEAD_MS = 30_000;

/** Our own orders and fills as they change. Odd frames occur; what they told is read by REST. */
export function createUserSocket(options: UserSocketOptions): Reconnecting {
  const { key: apiKey, secret, passphrase } = options.credentials;
  const onEvent = async (event: unknown) => {
    if (!isFields(event)) return;
    if (event.event_type === 'order') {
      const order = parseOrder(event);
      if (order) options.onOrder(order);
      return;
    }
    if (event.event_type !== 'trade') return;
    // A market that cannot be read now leaves the trade to the reads by REST.
    const market = await options.findMarket(textOf(event.asset_id)).catch(() => undefined);
    if (!market) return;
    for (const trade of parseTrade(event, options.account, market)) options.onTrade(trade);
  };
  // One after the other: a later status must not overtake an earlier one.
  let queue = Promise.resolve();
  return keepConnected({
    url: options.url,
    pingMs: PING_MS,
    deadMs: DEAD_MS,
    random: options.random,
    onUp(connection, again) {
      connection.send(JSON.stringify({ auth: { apiKey, secret, passphrase }, type: 'user' }));
      if (again) options.onGap();
    },
    onText(text) {
      const frame = parseJson(text);
      for (const event of Array.isArray(frame) ? listOf(frame) : [frame]) {
        queue = queue.then(() => onEvent(event));
      }
    },
  });
}
