import {
  type BreakerState,
  type Latch,
  permits,
  RECOVERY_PAUSE_MS,
  type TripCause,
} from '../../core/breaker.ts';
import { type McpMeasures, mcpRecovered, mcpTrip } from '../../core/mcp-trip-rules.ts';
import type { BreakerStore } from '../../state/breaker-store.ts';
import type { CallRecord } from '../call-tool.ts';
import { ToolFailure } from '../definition.ts';

/** The latch of each server; `mcp` lies over all of them. */
const LATCH_OF: Readonly<Record<string, Latch>> = {
  'codebase-search': 'search',
  testing: 'testing',
  monitoring: 'monitoring',
};

/** Calls of one server that end in a fault of ours, in a row, before its latch trips. */
const FAULTS_TO_TRIP = 5;
/** Samples in a row above a limit: one is a burst. */
const SAMPLES_TO_TRIP = 3;

export interface McpLatches {
  /** Why a call of this server is refused now. */
  gate(server: string): ToolFailure | undefined;
  trip(latch: Latch, cause: TripCause, detail: string, untilMs: number | null): void;
  reset(by: string): void;
  /** A sample of our own load; trips when it stays too high, and tries to recover. */
  sample(measures: McpMeasures): void;
  called(record: CallRecord): void;
  /** The operator's own mcp latch, as the bot keeps and publishes it. */
  seeOperator(state: BreakerState): void;
  state(latch: Latch): BreakerState;
  trips(): number;
}

/** The mcp latches: durable, tripped by rules, recovered at most three times by themselves. */
export function createMcpLatches(store: BreakerStore, nowMs: () => number): McpLatches {
  const faults = new Map<string, number>();
  let overloaded = 0;
  let operator: BreakerState = { kind: 'armed' };
  let trips = 0;

  const trip = (latch: Latch, cause: TripCause, detail: string, untilMs: number | null) => {
    if (store.apply(latch, { type: 'trip', cause, detail, untilMs }, nowMs())) trips += 1;
  };
  const reset = (by: string) => {
    for (const latch of ['mcp', ...Object.values(LATCH_OF)] as const) {
      store.apply(latch, { type: 'reset', by }, nowMs());
      store.apply(latch, { type: 'resume', by }, nowMs());
    }
  };
  return {
    trip,
    reset,
    state: (latch) => store.state(latch),
    trips: () => trips,
    gate(server) {
      const latch = LATCH_OF[server] ?? 'mcp';
      for (const state of [operator, store.state('mcp'), store.state(latch)]) {
        if (!permits(state, 'mcp')) return refusal(server, state, nowMs());
      }
      return undefined;
    },
    seeOperator(state) {
      // An operator who arms his latch again clears ours with it.
      if (operator.kind !== 'armed' && state.kind === 'armed') reset('operator');
      operator = state;
    },
    sample(measures) {
      const verdict = mcpTrip(measures, nowMs());
      overloaded = verdict ? overloaded + 1 : 0;
      if (verdict && overloaded >= SAMPLES_TO_TRIP)
        trip('mcp', verdict.cause, verdict.detail, verdict.untilMs);
      const ok = mcpRecovered(measures);
      for (const latch of ['mcp', ...Object.values(LATCH_OF)] as const) {
        if (store.state(latch).kind === 'tripped')
          store.apply(latch, { type: 'recovery', ok }, nowMs());
      }
    },
    called({ server, result }) {
      const count = result === 'timeout' || result === 'fault' ? (faults.get(server) ?? 0) + 1 : 0;
      if (result === 'cancelled' || result === 'refused') return;
      faults.set(server, count);
      const latch = LATCH_OF[server];
      if (latch === undefined || count < FAULTS_TO_TRIP) return;
      faults.set(server, 0);
      trip(latch, 'failure_rate', `${count} calls in a row failed`, nowMs() + RECOVERY_PAUSE_MS);
    },
  };
}

function refusal(server: string, state: BreakerState, nowMs: number): ToolFailure {
  const next =
    'get_circuit_breaker_state on the monitoring server keeps working; trading goes on without ' +
    'MCP.';
  if (state.kind === 'tripped') {
    const { cause, detail, untilMs } = state;
    const left = untilMs === null ? undefined : Math.max(0, untilMs - nowMs);
    const until =
      left === undefined ? 'until the operator resets it' : `for ${Math.ceil(left / 1_000)} s`;
    const why = detail === undefined ? cause : `${cause}: ${detail}`;
    return new ToolFailure('breaker_tripped', `${server} is off ${until} (${why})`, next, left);
  }
  const why = state.kind === 'halted' ? `halted by ${state.by}: ${state.reason}` : state.kind;
  return new ToolFailure('breaker_tripped', `${server} is off (${why})`, next);
}
