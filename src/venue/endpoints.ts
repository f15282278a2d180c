import { type EnvironmentConfig, forkEnvironmentConfig } from '@polymarket/client';
import type { Config } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';

/** Every address the bot ever talks to, and the chain its signatures are for. */
export interface Endpoints {
  chainId: number;
  clob: string;
  marketSocket: string;
  userSocket: string;
  data: string;
  gamma: string;
  relayer: string;
  rpc: string;
  rtds: string;
}

/** Not Polygon's: an order signed on paper is worthless on the real venue. */
export const PAPER_CHAIN_ID = 31337;
const POLYGON_CHAIN_ID = 137;

export function endpointsOf(config: Config): Endpoints {
  if (config.TRADING_MODE === 'paper') {
    return paperEndpoints(config.EXCHANGE_HOST, config.EXCHANGE_PORT);
  }
  const sockets = config.CLOB_WS_URL.replace(/\/$/, '');
  return {
    chainId: POLYGON_CHAIN_ID,
    clob: config.CLOB_URL,
    marketSocket: `${sockets}/market`,
    userSocket: `${sockets}/user`,
    data: config.DATA_API_URL,
    gamma: config.GAMMA_URL,
    relayer: config.RELAYER_URL,
    rpc: config.RPC_URL,
    rtds: config.RTDS_URL,
  };
}

function paperEndpoints(host: string, port: number): Endpoints {
  const name = host.includes(':') ? `[${host}]` : host;
  const http = `http://${name}:${port}`;
  const ws = `ws://${name}:${port}`;
  return {
    chainId: PAPER_CHAIN_ID,
    clob: `${http}/clob`,
    marketSocket: `${ws}/ws/market`,
    userSocket: `${ws}/ws/user`,
    data: `${http}/data`,
    gamma: `${http}/gamma`,
    relayer: `${http}/relayer`,
    rpc: `${http}/rpc`,
    rtds: `${ws}/rtds`,
  };
}

/**
 * The official client's environment. A section left out would keep its production address, so on
 * paper every one is set, those that we never use too, and the result is searched for leftovers.
 */
export function environmentOf(endpoints: Endpoints): EnvironmentConfig {
  const { clob, data, gamma, relayer, rpc, rtds } = endpoints;
  const paper = endpoints.chainId === PAPER_CHAIN_ID;
  const unused = { rest: `${clob}/unused`, ws: `${rtds}/unused` };
  const environment = forkEnvironmentConfig({
    name: paper ? 'paper' : 'live',
    chainId: endpoints.chainId,
    rpc,
    clob: {
      rest: clob,
      market: { ws: endpoints.marketSocket },
      user: { ws: endpoints.userSocket },
    },
    relayer: { rest: relayer },
    gamma: { rest: gamma },
    data: { rest: data },
    rtds: { ws: rtds },
    ...(paper && {
      combos: { ...unused, collateralReturn: { rest: unused.rest } },
      perps: unused,
      sports: { ws: unused.ws },
      relayerPollFrequencyMs: 100,
    }),
  });
  if (paper) assertNoProduction(environment);
  return environment;
}

function assertNoProduction(environment: EnvironmentConfig): void {
  const text = JSON.stringify(environment);
  const leftover = /[a-z.-]*(polymarket\.com|drpc)/.exec(text);
  if (leftover) {
    throw new ConfigError(`paper mode would reach ${leftover[0]}, an address of the real venue`, {
      hint: 'EXCHANGE_HOST must be the host of the embedded exchange.',
    });
  }
}
