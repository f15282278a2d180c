import { BREAKER_VERSION } from './breaker-file.ts';
import { JOURNAL_VERSION } from './journal-schema.ts';

/** Raised with every change of the tables; an unknown one is kept aside and a new file begun. */
export const MONITOR_VERSION = 1;

/** Newest version of each durable file that this code reads and writes. */
export const SCHEMAS = {
  journal: JOURNAL_VERSION,
  monitor: MONITOR_VERSION,
  breaker: BREAKER_VERSION,
} as const;
