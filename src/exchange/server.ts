import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { MicroUsdc } from '../core/money.ts';
import { RefusedError, reasonOf } from '../errors.ts';
import { createEngine } from './create-engine.ts';
import type { ExchangeEngine } from './engine.ts';
import type { SettlementTimes } from './options.ts';
import { openStore } from './store.ts';
import { type ServeOptions, serve } from './wire/serve.ts';

export interface ExchangeOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  clock: Clock;
  /** Where the exchange keeps its state; undefined keeps it in memory. */
  dataDir?: string;
  scenario: string;
  seed: number;
  /** Cash that a wallet starts with. */
  balanceMicro: MicroUsdc;
  settlement?: SettlementTimes;
  deployWallets?: boolean;
  maxBufferedBytes?: number;
  onError?(error: unknown): void;
}

export interface Exchange {
  /** `http://host:port`, without a slash at its end. */
  url: string;
  port: number;
  engine: ExchangeEngine;
  close(): Promise<void>;
}

/** File of the exchange's state inside its data directory. */
export const EXCHANGE_FILE = 'exchange.sqlite';

/**
 * Exchange time at which the state in this directory ends, 0 when there is none. After a run faster
 * than real time it lies in the future; the clock of the next run must not begin before it, or the
 * exchange stands still until it is reached.
 */
export function storedTimeMs(dataDir: string): number {
  const path = join(dataDir, EXCHANGE_FILE);
  if (!existsSync(path)) return 0;
  const store = openStore(path);
  try {
    return Number(store.meta().get('nowMs') ?? 0);
  } finally {
    store.close();
  }
}

/** The embedded paper exchange: an engine on its scenario, behind the venue's own protocol. */
export async function startExchange(options: ExchangeOptions): Promise<Exchange> {
  const { clock, scenario, seed, settlement, dataDir } = options;
  const store = dataDir === undefined ? undefined : openStore(join(dataDir, EXCHANGE_FILE));
  const engine = createEngine({
    startMs: clock.now(),
    scenario,
    seed,
    ...(store && { store }),
    ...(settlement && { settlement }),
  });
  return openExchange({ ...options, engine });
}

/** The same for an engine that exists; closing the exchange closes it. */
export async function openExchange(options: ServeOptions): Promise<Exchange> {
  const { engine, host } = options;
  try {
    const serving = await serve(options);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${serving.port}`,
      port: serving.port,
      engine,
      async close() {
        await serving.close();
        engine.close();
      },
    };
  } catch (error) {
    engine.close();
    throw new RefusedError(
      `the exchange cannot listen on ${host}:${options.port}: ${reasonOf(error)}`,
      { hint: 'Another exchange may be running; choose another EXCHANGE_PORT.', cause: error },
    );
  }
}
