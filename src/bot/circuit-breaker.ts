import { type BreakerAction, type BreakerState, type Latch, permits } from '../core/breaker.ts';
import {
  MCP_CPU_LIMIT_PERCENT,
  type McpMeasures,
  mcpRecovered,
  mcpTrip,
} from '../core/mcp-trip-rules.ts';
import { MICRO } from '../core/money.ts';
import { type TradingLimits, tradingTrip } from '../core/trip-rules.ts';
import { UsageError } from '../errors.ts';
import { type BreakerStore, openBreakerStore } from '../state/breaker-store.ts';

export interface CircuitBreakerOptions {
  /** USDC of a UTC day. */
  maxDailyLoss: number;
  /** Whose breaker this is; a state file of another wallet is refused. */
  walletAddress: string;
  /** Kept across restarts. One process at a time. */
  stateFile: string;
  /** Default 3600. */
  cooldownSeconds?: number;
  /** Told of measures that are high but allowed. Default: process.emitWarning. */
  onWarning?: (message: string) => void;
  /** Milliseconds since the epoch. Default: Date.now. */
  now?: () => number;
}

const DEFAULT_MEMORY_LIMIT_MB = 200;
/** Above this share of a limit a measure is worth a warning. */
const WARNING_SHARE = 0.5;

/** The circuit breaker for programs that embed it. Exits are always permitted. */
export class CircuitBreaker {
  readonly #store: BreakerStore;
  readonly #limits: TradingLimits;
  readonly #warn: (message: string) => void;
  readonly #now: () => number;

  constructor(options: CircuitBreakerOptions) {
    const { maxDailyLoss, walletAddress, stateFile, cooldownSeconds = 3600 } = options;
    above0('maxDailyLoss', maxDailyLoss);
    above0('cooldownSeconds', cooldownSeconds);
    filled('walletAddress', walletAddress);
    filled('stateFile', stateFile);
    this.#now = options.now ?? Date.now;
    this.#warn = options.onWarning ?? ((message) => process.emitWarning(message, 'PmcpWarning'));
    this.#limits = {
      maxDailyLossMicro: Math.round(maxDailyLoss * MICRO),
      maxConsecutiveLosses: Number.POSITIVE_INFINITY,
      cooldownMs: cooldownSeconds * 1000,
    };
    this.#store = openBreakerStore({
      path: stateFile,
      nowMs: this.#now(),
      whenMissing: 'create',
      owner: walletAddress,
    });
  }

  /** What is wrong with the state file, or how it was found; undefined when it is in order. */
  get notice(): string | undefined {
    return this.#store.fault() ?? this.#store.notice;
  }

  state(latch: Latch = 'trading'): BreakerState {
    if (latch === 'trading') this.#store.apply('trading', { type: 'tick' }, this.#now());
    return this.#store.state(latch);
  }

  permits(action: BreakerAction): boolean {
    return permits(this.state(action === 'mcp' ? 'mcp' : 'trading'), action);
  }

  /**
   * Whether test coverage reaches its threshold (both 0 to 1). Below 0.8 of it, MCP features are
   * switched off as well; trading goes on.
   */
  async checkMcpTestCoverage(coverage: number, threshold: number): Promise<boolean> {
    fraction('coverage', coverage);
    fraction('threshold', threshold);
    this.#judge({ coverage: { value: coverage, target: threshold } }, ['mcp_coverage']);
    return coverage >= threshold;
  }

  /**
   * Whether the MCP servers keep to their resources: CPU in percent of one core (limit 5), memory
   * in MB. When not, MCP features are switched off; trading goes on.
   */
  async checkMcpResourceUsage(
    cpuPercent: number,
    memoryMb: number,
    limitMb: number = DEFAULT_MEMORY_LIMIT_MB,
  ): Promise<boolean> {
    atLeast0('cpuPercent', cpuPercent);
    atLeast0('memoryMb', memoryMb);
    above0('limitMb', limitMb);
    const measures = { cpuPercent, memoryMb: { value: memoryMb, limit: limitMb } };
    const fine = this.#judge(measures, ['mcp_memory', 'mcp_cpu']);
    if (fine && cpuPercent > MCP_CPU_LIMIT_PERCENT * WARNING_SHARE) {
      this.#warn(`MCP CPU ${cpuPercent} % is high; above ${MCP_CPU_LIMIT_PERCENT} % it trips`);
    }
    if (fine && memoryMb > limitMb * WARNING_SHARE) {
      this.#warn(`MCP memory ${memoryMb} MB is high; above ${limitMb} MB it trips`);
    }
    return fine;
  }

  /** Whether the day's loss, equity at its start minus now, is below maxDailyLoss; trips if not. */
  async checkDailyLoss(equityUsdc: number): Promise<boolean> {
    atLeast0('equityUsdc', equityUsdc);
    const nowMs = this.#now();
    this.#store.seeEquity(Math.round(equityUsdc * MICRO), nowMs);
    const { day, tally } = this.#store.set();
    const verdict = tradingTrip({ day, tally }, this.#limits, nowMs);
    if (verdict) this.#store.apply('trading', { type: 'trip', ...verdict }, nowMs);
    return verdict === undefined;
  }

  /** Trips by hand: only a reset ends it. Tripping twice is one trip. */
  trip(reason: string, latch: Latch = 'trading'): BreakerState {
    filled('reason', reason);
    const by = 'program';
    const trip = { type: 'trip', cause: 'operator', untilMs: null, firm: true, by } as const;
    this.#store.apply(latch, { ...trip, detail: reason }, this.#now());
    return this.#store.state(latch);
  }

  /** Ends a trip, in the name of `by`. */
  reset(by: string, latch: Latch = 'trading'): BreakerState {
    filled('by', by);
    this.#store.apply(latch, { type: 'reset', by }, this.#now());
    return this.#store.state(latch);
  }

  /** Trips on bad measures; good ones may end a trip of the same kind. */
  #judge(measures: McpMeasures, causes: readonly string[]): boolean {
    const nowMs = this.#now();
    const state = this.#store.state('mcp');
    if (state.kind === 'tripped' && causes.includes(state.cause)) {
      const ok = mcpRecovered(measures);
      this.#store.apply('mcp', { type: 'recovery', ok }, nowMs);
    }
    const verdict = mcpTrip(measures, nowMs);
    if (verdict) this.#store.apply('mcp', { type: 'trip', ...verdict }, nowMs);
    return verdict === undefined;
  }
}

function fraction(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0 && value <= 1))
    refuse(name, value, 'a fraction from 0 to 1');
}

function atLeast0(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) refuse(name, value, 'a number from 0');
}

function above0(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) refuse(name, value, 'a number above 0');
}

function filled(name: string, value: string): void {
  if (typeof value !== 'string' || value.trim() === '') refuse(name, value, 'a text');
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw new UsageError(`${name}: ${String(value)} is not ${wanted}`);
}
