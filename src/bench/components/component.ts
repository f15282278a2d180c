import type { Self } from '../program.ts';
import type { ComponentRow, GoalRow } from '../result.ts';
import type { RoundOptions } from '../rounds.ts';

/** What a component benchmark is given, and what it gives back. */
export interface ComponentOptions extends Omit<RoundOptions, 'clock'> {
  onProgress(text: string): void;
  self: Self;
  /** A directory for this run alone, on the disk of the data directory. */
  dataDir: string;
  /** Where the project's sources and packages lie. */
  projectDirectory: string;
}

export interface ComponentResult {
  rows: ComponentRow[];
  goals: GoalRow[];
  absent: string[];
  notes: string[];
}

export type Component = (options: ComponentOptions) => Promise<ComponentResult>;
