import { join } from 'node:path';
import type { Interval } from '../../core/bench/bootstrap.ts';
import { type Block, type Calm, pairOf, type QuadRecord } from '../../core/bench/impact.ts';
import { medianOf } from '../../core/bench/quantiles.ts';
import {
  controlSides,
  createSchedule,
  isStationary,
  type Quad,
  ROUND,
} from '../../core/bench/schedule.ts';
import { typicalRatio } from '../../core/bench/typical.ts';
import { type ControlResult, judgeControl } from '../../core/bench/verdict.ts';
import { InconclusiveError } from '../../errors.ts';
import type { User } from '../../host/owner.ts';
import { pause, type Self } from '../program.ts';
import { type BusyCount, type BusyWork, startBusyWork } from './busy.ts';
import { CALM, calmCpu, calmSeconds } from './calm.ts';
import { startProbe } from './probe.ts';
import { openStand, type Stand, startLoad } from './stand.ts';
import { createDecisionLog, createWitness, type Witness } from './witness.ts';

export interface ImpactOptions {
  self: Self;
  /** A directory for this run alone. */
  dataDir: string;
  user: User | undefined;
  durationSeconds: number;
  blockSeconds: number;
  /** Fills of leaders, and of others, per second. */
  rate: number;
  others: number;
  seed: number;
  /** Half width of the interval of the median latency's ratio that is asked for: 0.05 is 5 %. */
  precision: number;
  signal: AbortSignal;
  onProgress(text: string): void;
}

export interface ImpactRun {
  warmUp: { blocks: number; stationary: boolean };
  /** Same against same. */
  control: { ratio: Interval; result: ControlResult };
  /** Empty when the control said that a run of this length cannot answer. */
  quads: QuadRecord[];
  calm: Calm;
  unfit: number;
  /** What the mcp process was held to. */
  held: string;
  /** What the mcp process was asked in the blocks in which it was busy. */
  asked: BusyCount;
}

const CONTROL_QUADS = 8;
const PROBES_PER_SECOND = 50;
/** Drift of the median latency within which the warm-up is over. */
const STATIONARY = 0.1;
/** Their latency is what the precision is asked for. */
const BUSY_A_ROUND = ROUND.filter((treatment) => treatment === 'busy').length;
/** What the last fills may still take. */
const LAST_MS = 500;

/** Runs bot and exchange under load, with and without the mcp process, in drawn order. */
export async function runImpact(options: ImpactOptions): Promise<ImpactRun> {
  const { self, dataDir, user, rate, others, seed, onProgress } = options;
  const log = createDecisionLog();
  const stand = await openStand({ self, dataDir, user, onEvent: log.onEvent });
  const probe = startProbe(join(dataDir, 'run', 'control.sock'), PROBES_PER_SECOND);
  try {
    await startLoad(stand.exchangeUrl, { copiesPerSecond: rate, othersPerSecond: others, seed });
    onProgress(`bot and exchange run: ${rate} fills to copy and ${others} others a second`);
    onProgress(`the mcp process will have ${stand.held}`);
    const witness = createWitness(stand, probe, log.fills);
    return await measure(options, stand, witness);
  } finally {
    probe.stop();
    await stand.close();
  }
}

async function measure(options: ImpactOptions, stand: Stand, witness: Witness): Promise<ImpactRun> {
  const { durationSeconds, blockSeconds, precision, seed, onProgress } = options;
  const startTick = performance.now();
  const elapsed = () => (performance.now() - startTick) / 1000;
  const warmUp = await heatUp(options, witness);
  assertTrading(stand, witness);
  const ratio = await control(options, witness);
  const quadSeconds = 4 * blockSeconds + 2 * settleSeconds(blockSeconds);
  const roundSeconds = ROUND.length * quadSeconds;
  const untilCalm = durationSeconds - calmSeconds(durationSeconds);
  const rounds = Math.max(1, Math.floor((untilCalm - elapsed()) / roundSeconds));
  const units = rounds * BUSY_A_ROUND;
  const plan = { units, unitSeconds: roundSeconds / BUSY_A_ROUND, wanted: precision };
  const result = judgeControl(ratio, plan);
  const asked: BusyCount = { done: {}, failed: {} };
  const calm: Calm = { ...CALM, mcpCpuPercents: [] };
  const told = { held: stand.held, calm, quads: [], unfit: 0, asked };
  const run: ImpactRun = { warmUp, control: { ratio, result }, ...told };
  if (!result.precise) return run;
  onProgress(`same against same differs by up to ${percent(result.expectedHalfWidth)}: goes on`);
  const planned: { quad: Quad; indexes: number[] }[] = [];
  // A round that would end late is not begun.
  const schedule = createSchedule(rounds, seed);
  for (let at = 0; at < schedule.length; at += ROUND.length) {
    if (at > 0 && elapsed() + roundSeconds > untilCalm) break;
    for (const quad of schedule.slice(at, at + ROUND.length)) {
      planned.push({ quad, indexes: await runQuad(options, stand, witness, quad, asked) });
    }
    onProgress(`round ${at / ROUND.length + 1} of about ${rounds} (${Math.round(elapsed())} s)`);
  }
  await pause(LAST_MS, options.signal);
  await witness.settle();
  run.quads = planned.map(({ quad, indexes }) => ({
    treatment: quad.treatment,
    blocks: indexes.map(witness.block),
  }));
  run.unfit = witness.unfit();
  calm.mcpCpuPercents = await calmCpu(options, stand);
  return run;
}

/** Caches, compilers and books need some time; at most a fifth of the run. */
async function heatUp(
  { durationSeconds, blockSeconds, signal }: ImpactOptions,
  witness: Witness,
): Promise<ImpactRun['warmUp']> {
  const most = Math.max(4, Math.floor(durationSeconds / 5 / blockSeconds));
  const medians: number[] = [];
  while (medians.length < most) {
    const index = await witness.watch('without', blockSeconds, signal);
    medians.push(medianOf(witness.block(index).latencies));
    if (isStationary(medians.slice(-6), STATIONARY)) {
      return { blocks: medians.length, stationary: true };
    }
  }
  return { blocks: medians.length, stationary: false };
}

/** A load that is not copied would make everything look fast. */
function assertTrading(stand: Stand, witness: Witness): void {
  const blocked = stand.botBlocked();
  const { latencies, skipped, unanswered } = witness.block(0);
  if (blocked === undefined && latencies.length > unanswered) return;
  const reasons = Object.entries(skipped).map(([reason, count]) => `${reason} ${count}`);
  const why = blocked ?? (reasons.join(', ') || `${unanswered} fills without an answer`);
  throw new InconclusiveError(`the bot copied nothing of the load: ${why}`, {
    hint: 'Its log and journal are in the directory of the run; `--keep` leaves it in place.',
  });
}

async function control(options: ImpactOptions, witness: Witness): Promise<Interval> {
  const { blockSeconds, seed, signal, onProgress } = options;
  onProgress('same against same, to know the noise of this machine');
  const quads: { index: number; side: 'a' | 'b' }[][] = [];
  for (const sides of controlSides(CONTROL_QUADS, seed)) {
    const quad: { index: number; side: 'a' | 'b' }[] = [];
    for (const side of sides) {
      quad.push({ index: await witness.watch('without', blockSeconds, signal), side });
    }
    quads.push(quad);
  }
  const pairs = quads.map((quad) => {
    const blocks = quad.map(({ index, side }): Block => {
      const condition = side === 'a' ? 'without' : 'idle';
      return { ...witness.block(index), condition };
    });
    return pairOf({ treatment: 'idle', blocks }, 'latencies');
  });
  return typicalRatio(pairs, 0.5);
}

/** After a start or an end of the mcp process, until its traces are gone. */
function settleSeconds(blockSeconds: number): number {
  return Math.min(2, Math.max(0.5, blockSeconds / 2));
}

async function runQuad(
  { blockSeconds, signal }: ImpactOptions,
  stand: Stand,
  witness: Witness,
  quad: Quad,
  asked: BusyCount,
): Promise<number[]> {
  const indexes: number[] = [];
  let work: BusyWork | undefined;
  let before: string = 'without';
  const idle = async () => {
    await work?.stop();
    work = undefined;
  };
  try {
    for (const condition of quad.blocks) {
      if (condition !== before) {
        await idle();
        if (condition === 'without') await stand.stopMcp();
        else await stand.startMcp();
        if (condition === 'busy') work = await startBusyWork(stand, asked);
        await pause(1000 * settleSeconds(blockSeconds), signal);
      }
      before = condition;
      indexes.push(await witness.watch(condition, blockSeconds, signal));
    }
  } finally {
    await idle();
    await stand.stopMcp();
  }
  return indexes;
}

function percent(part: number): string {
  return Number.isFinite(part) ? `${(100 * part).toFixed(1)} %` : 'any amount';
}
