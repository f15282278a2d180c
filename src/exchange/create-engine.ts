import type { EngineOptions, ExchangeEngine } from './engine.ts';

/** Builds the engine on its scenario and, with a store, goes on from where the store ended. */
export function createEngine(options: EngineOptions): ExchangeEngine {
  throw new RangeError(`scenario ${options.scenario} is not built yet`);
}

/** The wallets that a scenario's leaders trade with: the same for the same seed. */
export function leadersOf(_scenario: string, _seed: number): { wallet: string; label: string }[] {
  return [];
}
