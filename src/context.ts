import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';

/** Global flags, as given. */
export interface GlobalFlags {
  env?: string;
  json: boolean;
  color: boolean;
  verbose: boolean;
  dataDir?: string;
}

/** Where a command's words go. stdout carries the answer, stderr everything else. */
export interface Out {
  /** One line of the answer (a row, or one NDJSON document with --json). */
  line(text: string): void;
  /** One JSON document of a stream, with --json. */
  document(value: object): void;
  /** Progress and remarks: stderr. */
  note(text: string): void;
  readonly isTerminal: boolean;
}

export interface Context {
  flags: GlobalFlags;
  out: Out;
  clock: Clock;
  /** Aborted by SIGINT and SIGTERM; long commands stop cleanly on it. */
  signal: AbortSignal;
  /** Loaded and validated on first use; throws ConfigError with all problems at once. */
  config(): Promise<Config>;
  /** Absolute; created with mode 0700 on first use by whoever writes there. */
  dataDir(): Promise<string>;
}
