import type { Context } from './context.ts';

/**
 * A command is a value: `run` returns plain data, and the terminal and `--json` are views of it.
 * Nothing here knows commander, colours or process.exit.
 */
export interface OptionSpec {
  /** As in `--seed <number>`, `--watch`, or `--host <host...>` for a repeatable one. */
  flags: string;
  summary: string;
  /** How the text becomes a value; the default is the text itself. Refused text is a UsageError. */
  parse?: 'integer' | 'number' | 'seconds';
  choices?: readonly string[];
  defaultValue?: string | number | boolean;
}

export interface ArgumentSpec {
  /** As in `<id>` (required), `[id]` or `[ids...]`. */
  name: string;
  summary: string;
  choices?: readonly string[];
}

/** Values by camelCase option name, arguments by their bare name. */
export type Options = Record<string, unknown>;

export interface Outcome<Data extends object = object> {
  /** Name of the JSON document, such as `pmcp.breaker`. */
  schema: string;
  version: number;
  data: Data;
  /** 0 unless the answer is no (1) or cannot be told (4); other codes are errors, and thrown. */
  exitCode?: number;
}

export interface CommandSpec {
  name: string;
  summary: string;
  /** Paragraphs for `--help`, before the examples. */
  description?: string;
  /** Whole command lines that work as they stand. */
  examples?: readonly string[];
  arguments?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  subcommands?: readonly CommandSpec[];
  /** Undefined result: the command streamed its output through context.out itself. */
  run?(options: Options, context: Context): Promise<Outcome | undefined>;
  /** The outcome for a person, without a trailing newline. */
  render?(outcome: Outcome, paint: Paint): string;
}

/** Colours, or none: the plain variant returns its text (screen/paint.ts). */
export interface Paint {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
}

export function defineCommand<T extends CommandSpec>(spec: T): T {
  return spec;
}
