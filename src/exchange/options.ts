import type { EngineStore } from './store-port.ts';

/** Faults of the matching engine itself; set freely between calls. */
export interface EngineFaults {
  /** This many next trades with an API key on either side end FAILED (by way of RETRYING). */
  failNextTrades: number;
  /** Fraction of the trades with an API key on either side that end FAILED, 0 to 1. */
  failTradeRatio: number;
  /** Added to each step of settlement, exchange ms. */
  settlementDelayMs: number;
  /** Matching restarts: orders are answered 425 and nobody trades; settlement goes on. */
  frozen: boolean;
}

export interface EngineOptions {
  /** Exchange time to begin at; a store that is further ahead wins. */
  startMs: number;
  seed: number;
  /** calm, volatile, thin-book, gap, resolution-day, losing-streak, or recorded:FILE. */
  scenario: string;
  store?: EngineStore;
  settlement?: SettlementTimes;
}

export interface SettlementTimes {
  /** From match to the block that holds it, exchange ms; default 2,000. */
  minedMs?: number;
  /** From the block to final, exchange ms; default 3,000. */
  confirmedMs?: number;
}
