/**
 * The circuit breaker as a pure state machine: `next(state, event, nowMs)` and `permits`. No clock,
 * no I/O. Trip rules are small functions beside it (trip-rules.ts); the latches of one installation
 * are kept together (breaker-set.ts) and made durable by state/breaker-store.ts.
 *
 *   armed --trip--> tripped --cooldown over (tick)--> probing --probe confirmed--> armed
 *                      ^                                 |
 *                      +-------------- trip -------------+
 *   A halt lies over any of them and, when resumed, uncovers what was there.
 */

/** Independent latches: tripping one leaves the others alone. */
export const LATCHES = ['trading', 'mcp', 'search', 'testing', 'monitoring'] as const;
export type Latch = (typeof LATCHES)[number];

/** Every cause there is: a bounded set, for it labels metrics. Particulars go into `detail`. */
export const TRIP_CAUSES = [
  'daily_loss',
  'consecutive_losses',
  'failure_rate',
  'venue_disagreement',
  'discovery_blind',
  'state_unreadable',
  'probe_failed',
  'operator',
  'mcp_coverage',
  'mcp_memory',
  'mcp_cpu',
  'host_stress',
] as const;
export type TripCause = (typeof TRIP_CAUSES)[number];

export interface Tripped {
  kind: 'tripped';
  cause: TripCause;
  /** The figures behind the cause. */
  detail?: string;
  atMs: number;
  /** null: only a human reset ends it. */
  untilMs: number | null;
  /** Automatic recoveries tried and failed so far (mcp latches). */
  attempts?: number;
}

export interface Probing {
  kind: 'probing';
  /** Of the trip that is being probed. */
  cause: TripCause;
  sinceMs: number;
}

export type BreakerState =
  /** `recovered`: re-armed by itself, so that a trip soon after counts against the attempts. */
  | { kind: 'armed'; recovered?: { atMs: number; attempts: number } }
  | Tripped
  | Probing
  /** `under`: what the halt covers and a resume uncovers; absent when that is armed. */
  | { kind: 'halted'; by: string; reason: string; atMs: number; under?: Tripped | Probing };

export type BreakerAction = 'enter' | 'exit' | 'mcp';

export type BreakerEvent =
  | {
      type: 'trip';
      cause: TripCause;
      detail?: string;
      untilMs: number | null;
      /** Holds to its own end even when it meets a trip that is already running. */
      firm?: boolean;
      /** The person who tripped it; absent when a rule did. */
      by?: string;
    }
  /** Time passed: a trip whose cooldown is over begins to probe (the trading latch). */
  | { type: 'tick' }
  /** The probe's order was filled and confirmed by the venue, and no rule spoke. */
  | { type: 'probe_confirmed' }
  /** An automatic recovery (mcp latches): the measure is, or is not, back at 80 % of its limit. */
  | { type: 'recovery'; ok: boolean }
  /** A human ends a trip. */
  | { type: 'reset'; by: string; reason?: string }
  | { type: 'halt'; by: string; reason: string }
  | { type: 'resume'; by: string; reason?: string };

/** Automatic recoveries of an mcp latch: at most so many, so far apart. */
const RECOVERY_ATTEMPTS = 3;
export const RECOVERY_PAUSE_MS = 60_000;
/** A trip this soon after an automatic recovery goes on counting that recovery's attempts. */
export const RELAPSE_MS = 3_600_000;

type Halted = Extract<BreakerState, { kind: 'halted' }>;
type Uncovered = Exclude<BreakerState, Halted>;

export const ARMED: Uncovered = Object.freeze({ kind: 'armed' });

/** Total: an event that means nothing in a state leaves it as it is (the same object). */
export function next(state: BreakerState, event: BreakerEvent, nowMs: number): BreakerState {
  if (event.type === 'halt') return halt(state, event, nowMs);
  if (state.kind !== 'halted')
    return event.type === 'resume' ? state : uncovered(state, event, nowMs);
  if (event.type === 'resume') return state.under ?? ARMED;
  // Beneath a halt only a trip and its reset count: time and probes wait for the resume.
  if (event.type !== 'trip' && event.type !== 'reset') return state;
  const under = uncovered(state.under ?? ARMED, event, nowMs);
  return under === (state.under ?? ARMED) ? state : covered(state, under);
}

function halt(state: BreakerState, event: { by: string; reason: string }, nowMs: number) {
  if (state.kind === 'halted') return state;
  return covered({ kind: 'halted', by: event.by, reason: event.reason, atMs: nowMs }, state);
}

function covered({ kind, by, reason, atMs }: Halted, under: Uncovered): Halted {
  return under.kind === 'armed' ? { kind, by, reason, atMs } : { kind, by, reason, atMs, under };
}

function uncovered(
  state: Uncovered,
  event: Exclude<BreakerEvent, { type: 'halt' | 'resume' }>,
  nowMs: number,
): Uncovered {
  switch (event.type) {
    case 'trip':
      return state.kind === 'tripped' ? extended(state, event) : tripped(state, event, nowMs);
    case 'tick':
      return state.kind === 'tripped' && isOver(state, nowMs)
        ? { kind: 'probing', cause: state.cause, sinceMs: nowMs }
        : state;
    case 'probe_confirmed':
      return state.kind === 'probing' ? ARMED : state;
    case 'recovery':
      return state.kind === 'tripped' && isOver(state, nowMs)
        ? recovered(state, event.ok, nowMs)
        : state;
    case 'reset':
      return state.kind === 'armed' ? state : ARMED;
  }
}

type TripEvent = Extract<BreakerEvent, { type: 'trip' }>;

function tripped(state: Uncovered, event: TripEvent, nowMs: number): Tripped {
  const { cause, detail, untilMs } = event;
  const trip: Tripped = { kind: 'tripped', cause, atMs: nowMs, untilMs };
  if (detail !== undefined) trip.detail = detail;
  const before = state.kind === 'armed' ? state.recovered : undefined;
  if (before && nowMs - before.atMs < RELAPSE_MS) {
    trip.attempts = before.attempts;
    if (before.attempts >= RECOVERY_ATTEMPTS) trip.untilMs = null;
  }
  return trip;
}

/**
 * Tripping twice is one trip: the first cause and time stay. Only a firm hold (a day's loss, a
 * human) lengthens it; a cooldown does not, or a condition reported every second would never end.
 */
function extended(state: Tripped, event: TripEvent): Tripped {
  if (!event.firm || state.untilMs === null) return state;
  if (event.untilMs !== null && event.untilMs <= state.untilMs) return state;
  return { ...state, untilMs: event.untilMs };
}

function isOver(state: Tripped, nowMs: number): boolean {
  return state.untilMs !== null && nowMs >= state.untilMs;
}

function recovered(state: Tripped, ok: boolean, nowMs: number): Uncovered {
  const attempts = (state.attempts ?? 0) + 1;
  if (ok) return { kind: 'armed', recovered: { atMs: nowMs, attempts } };
  const untilMs = attempts >= RECOVERY_ATTEMPTS ? null : nowMs + RECOVERY_PAUSE_MS;
  return { ...state, attempts, untilMs };
}

/**
 * Whether an action may be taken now. Exits always may. Entries may while armed and, one of minimum
 * size at a time, while probing. MCP features may only while armed. A trip whose time is up still
 * forbids until a tick has moved it on, so that no clock is needed here.
 */
export function permits(state: BreakerState, action: BreakerAction): boolean {
  if (action === 'exit' || state.kind === 'armed') return true;
  return action === 'enter' && state.kind === 'probing';
}

/** A state in one sentence, for people. Times are left to the caller, who knows his clock. */
export function describe(state: BreakerState): string {
  switch (state.kind) {
    case 'armed':
      return 'armed';
    case 'tripped':
      return `tripped: ${state.cause}${state.detail ? ` (${state.detail})` : ''}`;
    case 'probing':
      return `probing after ${state.cause}: one entry of minimum size at a time`;
    case 'halted':
      return `halted by ${state.by}: ${state.reason}`;
  }
}

/** Names this very trip, probe or halt: another one, though alike, has another mark. */
export function stateMark(state: BreakerState): string {
  switch (state.kind) {
    case 'armed':
      return 'armed';
    case 'tripped':
      return `tripped ${state.cause} ${state.atMs}`;
    case 'probing':
      return `probing ${state.cause} ${state.sinceMs}`;
    case 'halted':
      return `halted ${state.atMs}`;
  }
}
