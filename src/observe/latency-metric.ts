import { createMonotonic } from '../core/monotonic.ts';
import { type BotStatus, LATENCY_BOUNDS_S } from '../core/status.ts';

const NAME = 'pmcp_trade_latency_seconds';
const HELP =
  'From the trade to the feed (feed), within the bot (internal), until the venue answers (ack).';
const STAGES = ['feed', 'internal', 'ack'] as const;
const BOUNDS = [...LATENCY_BOUNDS_S.map(String), '+Inf'];

/**
 * The bot's latency histograms as Prometheus text. The bot sends finished buckets, which
 * prom-client cannot take over: it only knows single observations.
 */
export interface LatencyMetric {
  life(name: string): void;
  update(latency: BotStatus['latency']): void;
  render(): string;
}

export function createLatencyMetric(): LatencyMetric {
  const monotonic = createMonotonic();
  const totals = new Map<string, number>();
  const add = (key: string, value: number) => {
    totals.set(key, (totals.get(key) ?? 0) + monotonic.growth(key, value));
  };
  return {
    life: monotonic.life,
    update: (latency) => {
      for (const stage of STAGES) {
        const { buckets, sumSeconds, count } = latency[stage];
        for (const [i, bound] of BOUNDS.entries()) {
          add(`${NAME}_bucket{stage="${stage}",le="${bound}"}`, buckets[i] ?? count);
        }
        add(`${NAME}_sum{stage="${stage}"}`, sumSeconds);
        add(`${NAME}_count{stage="${stage}"}`, count);
      }
    },
    render: () => {
      const lines = [`# HELP ${NAME} ${HELP}`, `# TYPE ${NAME} histogram`];
      for (const [key, value] of totals) lines.push(`${key} ${value}`);
      return `${lines.join('\n')}\n`;
    },
  };
}
