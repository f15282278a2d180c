import type { EngineStore } from './engine.ts';

/** Opens (or creates) the exchange's one SQLite file. */
export function openStore(path: string): EngineStore {
  throw new RangeError(`${path}: not built yet`);
}
