import type { Component } from './component.ts';

/** Loaded one at a time: `--help` and the others need none of them. */
export const COMPONENTS: Readonly<Record<string, () => Promise<Component>>> = {
  trading: async () => (await import('./trading.ts')).benchTrading,
  core: async () => (await import('./core.ts')).benchCore,
  journal: async () => (await import('./journal.ts')).benchJournal,
  signer: async () => (await import('./signer.ts')).benchSigner,
  search: async () => (await import('./search.ts')).benchSearch,
  health: async () => (await import('./served.ts')).benchHealth,
  metrics: async () => (await import('./served.ts')).benchMetrics,
  daemon: async () => (await import('./daemon.ts')).benchDaemon,
  mcp: async () => (await import('./served.ts')).benchMcp,
  startup: async () => (await import('./startup.ts')).benchStartup,
  replay: async () => (await import('./replay.ts')).benchFeed,
  exchange: async () => (await import('./exchange.ts')).benchExchange,
};
