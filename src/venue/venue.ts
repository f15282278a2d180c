import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { MICRO } from '../core/money.ts';
import { EXCHANGE_CONTRACTS } from '../core/wallets.ts';
import { ConfigError } from '../errors.ts';
import { createDataApi } from './data-api.ts';
import { type Endpoints, endpointsOf, PAPER_CHAIN_ID } from './endpoints.ts';
import { createFeeds } from './feeds.ts';
import { createHttpClient, type HttpClient } from './http.ts';
import { configuredIdentity, type Identity, paperIdentity } from './identity.ts';
import { createSigningKey } from './key.ts';
import { createMarketData, type MarketData } from './market-data.ts';
import { createMarketReader } from './market-info.ts';
import { createOrderBuilder } from './order-builder.ts';
import { paperKey } from './paper-key.ts';
import type { Venue, VenueHandlers } from './port.ts';
import { createShadowTrading } from './shadow-trading.ts';
import { createTrading, type Trading } from './trading.ts';

export interface VenueOptions {
  config: Config;
  clock: Clock;
  /** Absolute. */
  dataDir: string;
  /** Real time, for what the venue checks against its own clock; default Date.now. */
  realNowMs?: () => number;
}

/**
 * The venue that the configuration names, signed in. Paper and live are the same code with other
 * addresses and another key; shadow reads like live and imagines its fills.
 */
export async function createVenue(options: VenueOptions): Promise<Venue> {
  const { config, clock, dataDir } = options;
  const endpoints = endpointsOf(config);
  const identity = identityOf(config, dataDir);
  const handlers: LateHandlers = { current: undefined };
  const reads = createReads(options, endpoints, handlers);
  const { markets, api } = reads;
  const shared = { ...options, ...reads, endpoints, identity, handlers };
  const trading = await openTrading(shared).catch(async (error: unknown) => {
    await reads.close();
    throw error;
  });
  const feeds = createFeeds({ config, clock, endpoints, api, handlers });
  const account = identity.funder.toLowerCase();
  return {
    mode: config.TRADING_MODE,
    chainId: endpoints.chainId,
    account,
    ...markets,
    ...feeds,
    positions: () => api.positionsOf(account),
    ...trading,
    sign: createOrderBuilder({
      // Shadow orders are never sent; signed for a chain of their own, they could not be either.
      chainId: config.TRADING_MODE === 'live' ? endpoints.chainId : PAPER_CHAIN_ID,
      contracts: EXCHANGE_CONTRACTS,
      ...identity,
      owner: trading.owner,
    }),
    async start(given) {
      handlers.current = given;
      feeds.start();
      trading.start();
    },
    async close() {
      feeds.close();
      trading.close();
      await reads.close();
    },
    async holdingsOf(wallet) {
      const positions = await api.positionsOf(wallet);
      return new Map(positions.map(({ tokenId, sizeMicro }) => [tokenId, sizeMicro]));
    },
  };
}

/** Everything that needs no account. */
function createReads(options: VenueOptions, endpoints: Endpoints, handlers: LateHandlers) {
  const { config, clock } = options;
  const timeoutMs = config.HTTP_TIMEOUT_SECONDS * 1000;
  const clob = createHttpClient(endpoints.clob, timeoutMs);
  const gamma = createHttpClient(endpoints.gamma, timeoutMs);
  const data = createHttpClient(endpoints.data, timeoutMs);
  const markets = createMarketData({
    socketUrl: endpoints.marketSocket,
    clob,
    reader: createMarketReader(clob, gamma, clock.now),
    clock,
    onMarket: (market) => handlers.current?.onMarket(market),
  });
  const api = createDataApi({
    http: data,
    clock,
    onQuarantine: (row) => handlers.current?.onQuarantine(row),
  });
  return {
    clob,
    markets,
    api,
    timeoutMs,
    async close() {
      markets.close();
      await Promise.all([clob.close(), gamma.close(), data.close()]);
    },
  };
}

/** Sockets report to whoever started the venue; before that, to nobody. */
export interface LateHandlers {
  current: VenueHandlers | undefined;
}

export interface TradingOptions extends VenueOptions {
  endpoints: Endpoints;
  identity: Identity;
  clob: HttpClient;
  markets: MarketData;
  handlers: LateHandlers;
  timeoutMs: number;
}

async function openTrading(options: TradingOptions): Promise<Trading> {
  if (options.config.TRADING_MODE !== 'shadow') return createTrading(options);
  return createShadowTrading({
    file: join(options.dataDir, 'shadow.ndjson'),
    startCashMicro: Math.round(options.config.PAPER_BALANCE * MICRO),
    clock: options.clock,
    market: options.markets.market,
    book: options.markets.book,
    onTrade: (trade) => options.handlers.current?.onTrade(trade),
  });
}

function identityOf(config: Config, dataDir: string): Identity {
  if (config.TRADING_MODE !== 'live') return paperIdentity(paperKey(dataDir));
  if (!config.PRIVATE_KEY) {
    throw new ConfigError('PRIVATE_KEY: not set; live mode signs orders with it', {
      hint: 'Set PRIVATE_KEY_FILE to a file of mode 0600, or use a systemd credential PRIVATE_KEY.',
    });
  }
  return configuredIdentity(createSigningKey(config.PRIVATE_KEY.reveal()), config);
}
