import { type Clock, realClock } from '../../src/clock.ts';
import type { CommandSpec, Options, Outcome, Paint } from '../../src/command.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Context } from '../../src/context.ts';

export interface Ran {
  outcome: Outcome | undefined;
  /** stdout, line by line. */
  lines: string[];
  documents: Record<string, unknown>[];
  /** What a person sees. */
  text: string;
}

const plain: Paint = {
  good: (text) => text,
  warn: (text) => text,
  bad: (text) => text,
  dim: (text) => text,
  strong: (text) => text,
};

interface RunOptions {
  env?: Record<string, string>;
  json?: boolean;
  clock?: Clock;
  isTerminal?: boolean;
  signal?: AbortSignal;
}

/** Runs a command's own function, with its words collected. */
export async function runCommand(
  spec: CommandSpec | undefined,
  options: Options,
  dataDir: string,
  more: RunOptions = {},
): Promise<Ran> {
  const lines: string[] = [];
  const documents: Record<string, unknown>[] = [];
  const context: Context = {
    flags: { json: more.json ?? false, color: false, verbose: false, dataDir },
    out: {
      line: (text) => void lines.push(text),
      document: (value) => void documents.push({ ...value }),
      note: () => {},
      isTerminal: more.isTerminal ?? false,
    },
    clock: more.clock ?? realClock,
    signal: more.signal ?? new AbortController().signal,
    config: () => loadConfig({ flags: { dataDir }, env: more.env ?? {}, directory: dataDir }),
    dataDir: async () => dataDir,
  };
  const defaults: Options = {};
  for (const { flags, defaultValue } of spec?.options ?? []) {
    const name = /--([a-z-]+)/.exec(flags)?.[1] ?? '';
    const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (defaultValue !== undefined) defaults[key] = defaultValue;
  }
  const outcome = await spec?.run?.({ ...defaults, ...options }, context);
  const text = outcome && spec?.render ? spec.render(outcome, plain) : lines.join('\n');
  return { outcome, lines, documents, text };
}

export function subcommand(spec: CommandSpec, name: string): CommandSpec | undefined {
  return spec.subcommands?.find((candidate) => candidate.name === name);
}
