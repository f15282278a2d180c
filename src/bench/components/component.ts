import type { Self } from '../program.ts';
import type { ComponentRow } from '../result.ts';
import type { RoundOptions } from '../rounds.ts';

/** What a component benchmark is given, and what it gives back. */
export interface ComponentOptions extends Omit<RoundOptions, 'clock'> {
  self: Self;
  /** A directory for this run alone, on the disk of the data directory. */
  dataDir: string;
  /** Where the project's sources and packages lie. */
  projectDirectory: string;
}

export interface ComponentResult {
  rows: ComponentRow[];
  absent: string[];
  notes: string[];
}

export type Component = (options: ComponentOptions) => Promise<ComponentResult>;
