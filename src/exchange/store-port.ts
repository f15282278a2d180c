import type { ActivityRow } from './engine.ts';

/** Rows that changed, for one transaction. Values are JSON; undefined deletes. */
export interface StoreBatch {
  meta: ReadonlyMap<string, string>;
  rows: readonly { table: StoreTable; key: string; value: string | undefined }[];
  /** `kept` rows are never pruned: they belong to accounts opened from outside. */
  activity: readonly { row: ActivityRow; kept: boolean }[];
  /** Activity of scenario actors below this sequence may go. */
  pruneActivityBelow: number | undefined;
}

export type StoreTable = 'accounts' | 'orders' | 'trades' | 'markets';

export interface EngineStore {
  meta(): ReadonlyMap<string, string>;
  rows(table: StoreTable): string[];
  /** Oldest first. */
  activity(): ActivityRow[];
  /** Durable against a kill of the process when it returns. */
  commit(batch: StoreBatch): void;
  close(): void;
}
