/** The command line as a tree of words, for whatever is generated from it. */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../../command.ts';

export interface OptionWord {
  long: string;
  summary: string;
  takesValue: boolean;
  choices: readonly string[];
  /** It names a file or directory. */
  isPath: boolean;
}

export interface CommandWords {
  /** Words from the program on, such as `alerts ack`; empty for the program itself. */
  path: string;
  name: string;
  summary: string;
  options: OptionWord[];
  /** What may stand for an argument, when only certain words may. */
  choices: readonly string[];
  subcommands: CommandWords[];
}

/** Options that every command takes: those of cli.ts, in its words. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--env <name>',
    summary: 'environment: development, staging or production',
    choices: ['development', 'staging', 'production'],
  },
  { flags: '--json', summary: 'print one JSON document (or NDJSON for streams) on stdout' },
  { flags: '--no-color', summary: 'no colours (NO_COLOR works too)' },
  { flags: '--verbose', summary: 'show stack traces and details' },
  { flags: '--data-dir <path>', summary: 'where state is kept (default: DATA_DIR, ./data)' },
  { flags: '--help', summary: 'display help for command' },
];

export function commandTree(specs: readonly CommandSpec[]): CommandWords {
  return {
    path: '',
    name: 'pmcp',
    summary: 'operations toolkit for a Polymarket copy-trading bot',
    options: [...GLOBAL_OPTIONS, { flags: '--version', summary: 'output the version number' }].map(
      optionWord,
    ),
    choices: [],
    subcommands: specs.map((spec) => wordsOf(spec, '')),
  };
}

function wordsOf(spec: CommandSpec, parent: string): CommandWords {
  const path = parent === '' ? spec.name : `${parent} ${spec.name}`;
  return {
    path,
    name: spec.name,
    summary: spec.summary,
    options: [...(spec.options ?? []), ...GLOBAL_OPTIONS].map(optionWord),
    choices: (spec.arguments ?? []).flatMap(({ choices = [] }: ArgumentSpec) => choices),
    subcommands: (spec.subcommands ?? []).map((sub) => wordsOf(sub, path)),
  };
}

function optionWord({ flags, summary, choices = [] }: OptionSpec): OptionWord {
  const [, long = '', value] = /(--[\w-]+)(?:\s+[<[](.+?)(?:\.\.\.)?[\]>])?/.exec(flags) ?? [];
  const isPath = value !== undefined && /file|path|directory/.test(value);
  return { long, summary, takesValue: value !== undefined, choices, isPath };
}

/** Every command in the tree, the program first. */
export function flat(words: CommandWords): CommandWords[] {
  return [words, ...words.subcommands.flatMap(flat)];
}
