/** What became of each fill of the load, joined from three witnesses that know it by number. */
export interface Fills {
  /** A fill of the load: when it was meant to appear and was sent, ms of the exchange. */
  sent(number: number, meantMs: number, block: number | undefined): void;
  /** What the bot decided. */
  decided(fillId: string, orderId: string | null, reason: string): void;
  /** An order of the bot reached the exchange. */
  arrived(orderId: string, atMs: number): void;
  /** Readings of one block; `nowMs` is how long an unanswered fill has waited until. */
  block(index: number, nowMs: number): FillReadings;
}

export interface FillReadings {
  latencies: number[];
  skipped: Record<string, number>;
  unanswered: number;
}

/** The fill's name begins with the first 16 digits of its transaction hash: our number. */
export function numberOf(fillId: string): number | undefined {
  const number = Number.parseInt(fillId.slice(0, 16), 16);
  return Number.isSafeInteger(number) ? number : undefined;
}

export function createFills(): Fills {
  const byBlock = new Map<number, { number: number; meantMs: number }[]>();
  const decisions = new Map<number, { orderId: string | null; reason: string }>();
  const arrivals = new Map<string, number>();
  return {
    sent(number, meantMs, block) {
      if (block === undefined) return;
      const list = byBlock.get(block) ?? [];
      list.push({ number, meantMs });
      byBlock.set(block, list);
    },
    decided(fillId, orderId, reason) {
      const number = numberOf(fillId);
      if (number !== undefined) decisions.set(number, { orderId, reason });
    },
    arrived: (orderId, atMs) => void arrivals.set(orderId, atMs),
    block(index, nowMs) {
      const readings: FillReadings = { latencies: [], skipped: {}, unanswered: 0 };
      for (const { number, meantMs } of byBlock.get(index) ?? []) {
        const decision = decisions.get(number);
        if (decision && decision.orderId === null) {
          const { reason } = decision;
          readings.skipped[reason] = (readings.skipped[reason] ?? 0) + 1;
          continue;
        }
        const atMs = decision?.orderId ? arrivals.get(decision.orderId) : undefined;
        if (atMs === undefined) readings.unanswered += 1;
        readings.latencies.push((atMs ?? nowMs) - meantMs);
      }
      return readings;
    },
  };
}
