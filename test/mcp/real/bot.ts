import { EMPTY_SPAN } from '../../../src/core/latency-delta.ts';
import type { AlertView, MonitoringPort } from '../../../src/mcp/port.ts';
import { fakeDecision, fakeStatus } from '../../fakes/status.ts';

const AT_MS = Date.UTC(2026, 10, 22, 12);
const SKIPS = ['slippage', 'stale', 'wallet_limit'];

type Listener = Parameters<MonitoringPort['onChange']>[0];

export interface FakeBot {
  port: MonitoringPort;
  /** From now on nothing of the bot is known, for this reason. */
  vanish(problem: string): void;
  change: Listener;
  halts: string[];
}

/** A bot with 60 decisions and 60 alerts, as the monitoring server sees it. */
export function createFakeBot(): FakeBot {
  const listeners = new Set<Listener>();
  const halts: string[] = [];
  let problem: string | undefined;
  const decisions = Array.from({ length: 60 }, (_, index) => {
    const skip = index % 2 === 0;
    const reason = skip ? (SKIPS[index % SKIPS.length] ?? 'stale') : 'copied';
    const orderId = skip ? null : `0xorder${index}`;
    const what = { fillId: `fill-${100 + index}`, reason, orderId };
    const event = fakeDecision({ ...what, result: skip ? 'skip' : 'copy' });
    if (event.kind !== 'decision') throw new TypeError('a decision is wanted');
    return { atMs: AT_MS - index, event };
  });
  const alerts = Array.from({ length: 60 }, (_, index): AlertView => {
    const told = { title: `Alert ${index}`, detail: 'something to look at' };
    const when = { raisedAtMs: AT_MS - index, resolvedAtMs: null, acknowledged: null };
    return { id: `alert-${index}`, severity: 'warning', ...told, ...when };
  });
  const port: MonitoringPort = {
    nowMs: () => AT_MS,
    health: () => ({
      status: problem === undefined ? 'healthy' : 'critical',
      timestamp: new Date(AT_MS).toISOString(),
      environment: 'staging',
      components: {
        main_bot: {
          status: problem === undefined ? 'healthy' : 'critical',
          message: problem ?? 'trades',
          since: new Date(AT_MS).toISOString(),
        },
      },
    }),
    metrics: async () => '# TYPE pmcp_orders_total counter\npmcp_orders_total{outcome="ok"} 7\n',
    bot: () => (problem === undefined ? { status: fakeStatus(), ageMs: 100 } : { problem }),
    decisions({ result, reason, limit, offset }) {
      const fitting = decisions.filter(
        ({ event }) =>
          (result === undefined || event.result === result) &&
          (reason === undefined || event.reason === reason),
      );
      return { decisions: fitting.slice(offset, offset + limit), total: fitting.length };
    },
    find: (id, limit) =>
      decisions.filter(({ event }) => event.fillId.startsWith(id)).slice(0, limit),
    trail: () => [],
    latency: () => ({ feed: EMPTY_SPAN, internal: EMPTY_SPAN, ack: EMPTY_SPAN }),
    alerts: {
      list: ({ limit, offset }) => ({
        alerts: alerts.slice(offset, offset + limit),
        total: alerts.length,
      }),
      acknowledge(id, by, falsePositive) {
        const found = alerts.find((one) => one.id === id);
        if (found) found.acknowledged = { by, atMs: AT_MS, falsePositive };
        return found;
      },
    },
    resources: () => ({
      processes: [{ name: 'bot', cpuPercent: 1.5, memoryMb: 90 }],
      hostCpuPercent: 10,
      hostMemoryPercent: null,
      limits: { cpuPercent: 15, memoryMb: 1_000 },
      withinLimits: true,
    }),
    async halt(reason) {
      if (problem !== undefined) return { ok: false, message: problem };
      halts.push(reason);
      return { ok: true, message: 'no new trades from now on' };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    port,
    halts,
    vanish(why) {
      problem = why;
    },
    change(what) {
      for (const listener of listeners) listener(what);
    },
  };
}
