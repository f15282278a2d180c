import type { Interval } from '../core/bench/bootstrap.ts';
import type { ImpactRow, QuadRecord } from '../core/bench/impact.ts';
import type { Status } from '../core/bench/verdict.ts';
import type { ImpactRun } from './impact/run.ts';
import type { Machine } from './machine.ts';

/** A run with and without the mcp process, as it is printed and kept. */
export interface ImpactReport {
  kind: 'impact';
  machine: Machine;
  options: {
    durationSeconds: number;
    blockSeconds: number;
    rate: number;
    others: number;
    seed: number;
    precision: number;
  };
  status: Status;
  /** What to do about it, when it is not PASS. */
  message: string;
  rows: ImpactRow[];
  /** The other treatment's answers to the same questions. */
  details: ImpactRow[];
  /** Stricter than the budgets: not part of the verdict. */
  goals: GoalRow[];
  warmUp: ImpactRun['warmUp'];
  control: ImpactRun['control'];
  held: ImpactRun['held'];
  calm: ImpactRun['calm'];
  asked: ImpactRun['asked'];
  /** Fills that the bot did not copy, by its own reason, and those it never decided. */
  skipped: Record<string, number>;
  unanswered: number;
  copied: number;
  quads: QuadRecord[];
  compared?: Comparison;
}

/** One subject beside its peers, in turns. */
export interface ComponentRow {
  what: string;
  /** Time of one, in nanoseconds; median of the rounds. */
  nanoseconds: number;
  peer: string;
  peerNanoseconds: number;
  /** Ours / peer. */
  ratio: Interval;
  /** Largest ratio that is the goal; null: shown only. */
  goal: number | null;
  status: Status | null;
}

/** A figure of its own beside the one that was set for it. */
export interface GoalRow {
  what: string;
  unit: string;
  measured: Interval;
  /** Largest that meets the goal. */
  most: number;
  status: Status;
}

export interface ComponentReport {
  kind: 'component';
  name: string;
  machine: Machine;
  status: Status;
  rows: ComponentRow[];
  goals: GoalRow[];
  /** Peers that are not installed, and other things that were left out. */
  absent: string[];
  notes: string[];
  compared?: Comparison;
}

export interface ScaleRow {
  what: string;
  unit: string;
  points: { size: number; cost: number }[];
  exponent: Interval;
  /** Power of the size that the cost may grow with. */
  atMost: 0 | 1;
  status: Status;
}

export interface ScaleReport {
  kind: 'scale';
  machine: Machine;
  status: Status;
  rows: ScaleRow[];
}

/** Everything, one after the other. */
export interface SuiteReport {
  kind: 'all';
  machine: Machine;
  status: Status;
  reports: SingleReport[];
}

export type SingleReport = ImpactReport | ComponentReport | ScaleReport;
export type BenchReport = SingleReport | SuiteReport;

/** This run's figures over an earlier run's. */
export interface Comparison {
  file: string;
  takenAt: string;
  lines: { what: string; earlier: number; now: number; ratio: number; low: number; high: number }[];
}
