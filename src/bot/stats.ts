import { createHistogram, type Histogram } from '../core/statistics.ts';

/** Counts and latencies since the start. Keys come from bounded sets. */
export interface Stats {
  decisions: Record<string, number>;
  orders: Record<string, number>;
  /** Identical live rows: a repeat, or a second fill that the Data API must prove first. */
  repeats: number;
  feed: Histogram;
  internal: Histogram;
  ack: Histogram;
  decision(result: string, reason: string): void;
  order(outcome: OrderOutcome): void;
}

export type OrderOutcome =
  | 'accepted'
  | 'rejected'
  | 'unknown'
  | 'filled'
  | 'killed'
  | 'confirmed'
  | 'failed'
  | 'void'
  | 'resent';

export function createStats(): Stats {
  const decisions: Record<string, number> = {};
  const orders: Record<string, number> = {};
  const count = (into: Record<string, number>, key: string) => {
    into[key] = (into[key] ?? 0) + 1;
  };
  return {
    decisions,
    orders,
    repeats: 0,
    feed: createHistogram(),
    internal: createHistogram(),
    ack: createHistogram(),
    decision: (result, reason) => count(decisions, `${result}:${reason}`),
    order: (outcome) => count(orders, outcome),
  };
}
