import { Command, CommanderError, Option } from 'commander';
import type { CommandSpec, OptionSpec, Options, Outcome } from './command.ts';
import type { Context, GlobalFlags } from './context.ts';
import { UsageError } from './errors.ts';

/** A top-level command: what `--help` needs at once, and the rest on demand. */
export interface CommandEntry {
  name: string;
  summary: string;
  load(): Promise<CommandSpec>;
}

/** What was asked for: the command, ready to run with its parsed options. */
export interface Invocation {
  spec: CommandSpec;
  flags: GlobalFlags;
  run(context: Context): Promise<Outcome | undefined>;
}

/**
 * Parses argv into an invocation; undefined when help or the version was printed instead.
 * Only the named command's module is loaded, so that `--help` stays fast.
 */
export async function parseArgv(
  argv: readonly string[],
  entries: readonly CommandEntry[],
  version: string,
): Promise<Invocation | undefined> {
  let found: Invocation | undefined;
  const program = new Command('pmcp')
    .description('Operations toolkit for a Polymarket copy-trading bot.')
    .version(version, '-V, --version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError();
  addGlobalFlags(program);
  const named = namedCommand(argv, entries);
  for (const entry of entries) {
    if (entry === named) continue;
    program.command(entry.name, { hidden: false }).description(entry.summary);
  }
  if (named) {
    const spec = await named.load();
    build(program, spec, (invocation) => {
      found = invocation;
    });
  }
  program.commandsGroup('Commands:').addHelpText('after', HELP_END);
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return undefined;
    }
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error);
  }
  return found;
}

const HELP_END = `
Start here:
  $ pmcp up                     the whole product on paper, no account and no network
  $ pmcp status                 what the bot is doing
  $ pmcp trades explain <id>    why a trade was copied or skipped
  $ pmcp <command> --help       options and examples of one command
`;

function addGlobalFlags(command: Command): void {
  command
    .option('--env <name>', 'environment: development, staging or production')
    .option('--json', 'print one JSON document (or NDJSON for streams) on stdout')
    .option('--no-color', 'no colours (NO_COLOR works too)')
    .option('--verbose', 'show stack traces and details')
    .option('--data-dir <path>', 'where state is kept (default: DATA_DIR, ./data)');
}

/** The first word that is not a flag or a flag's value. */
function namedCommand(argv: readonly string[], entries: readonly CommandEntry[]) {
  const takesValue = new Set(['--env', '--data-dir']);
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (takesValue.has(word)) i++;
    else if (!word.startsWith('-')) return entries.find((entry) => entry.name === word);
  }
  return undefined;
}

type Invoked = (invocation: Invocation) => void;

function build(parent: Command, spec: CommandSpec, invoked: Invoked): void {
  const command = parent.command(spec.name).summary(spec.summary);
  command.description(
    spec.description ? `${spec.summary}\n\n${reflow(spec.description)}` : spec.summary,
  );
  command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .helpCommand(false);
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.summary);
  for (const option of spec.options ?? []) command.addOption(toOption(option));
  addGlobalFlags(command);
  if (spec.examples) {
    const lines = spec.examples.map((example) => `  $ ${example}`).join('\n');
    command.addHelpText('after', `\nExamples:\n${lines}\n`);
  }
  for (const sub of spec.subcommands ?? []) build(command, sub, invoked);
  const { run } = spec;
  // A wrong subcommand is an excess argument to commander, which cannot say what was meant.
  command.allowExcessArguments(!run);
  command.action((...received: unknown[]) => {
    if (!run) throw noSuchSubcommand(spec, command.args[0]);
    const options: Options = { ...command.opts() };
    for (const [index, argument] of (spec.arguments ?? []).entries()) {
      options[bareName(argument.name)] = checked(argument, received[index]);
    }
    const flags = globalFlags(command);
    invoked({ spec, flags, run: (context) => run.call(spec, options, context) });
  });
}

function noSuchSubcommand(spec: CommandSpec, word: string | undefined): UsageError {
  const names = (spec.subcommands ?? []).map((sub) => sub.name).join(', ');
  const what = word === undefined ? 'a subcommand is missing' : `no subcommand '${word}'`;
  return new UsageError(`pmcp ${spec.name}: ${what}`, { hint: `One of: ${names}.` });
}

/** Paragraphs in one line each, for commander wraps them to the terminal; indented lines stay. */
function reflow(text: string): string {
  return text
    .split('\n\n')
    .map((part) => (/^\s/m.test(part) ? part : part.replaceAll('\n', ' ')))
    .join('\n\n');
}

function bareName(name: string): string {
  return name.replace(/[<>[\].]/g, '');
}

function checked(argument: { name: string; choices?: readonly string[] }, value: unknown): unknown {
  if (argument.choices && value !== undefined && !argument.choices.includes(String(value))) {
    throw new UsageError(`${bareName(argument.name)}: ${JSON.stringify(value)} is not known`, {
      hint: `One of: ${argument.choices.join(', ')}.`,
    });
  }
  return value;
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.choices) option.choices([...spec.choices]);
  if (spec.defaultValue !== undefined) option.default(spec.defaultValue);
  if (spec.parse) option.argParser((text) => parseNumber(spec, text));
  return option;
}

function parseNumber(spec: OptionSpec, text: string): number {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const whole = spec.parse === 'integer';
  if (
    !Number.isFinite(value) ||
    (whole && !Number.isSafeInteger(value)) ||
    (spec.parse === 'seconds' && value <= 0)
  ) {
    const kind = whole
      ? 'a whole number'
      : spec.parse === 'seconds'
        ? 'seconds, above 0'
        : 'a number';
    throw new UsageError(`${spec.flags}: ${JSON.stringify(text)} is not ${kind}`);
  }
  return value;
}

function globalFlags(command: Command): GlobalFlags {
  const values = command.optsWithGlobals();
  return {
    env: values['env'],
    json: values['json'] === true,
    color: values['color'] !== false,
    verbose: values['verbose'] === true,
    dataDir: values['dataDir'],
  };
}

function usageError(error: CommanderError): UsageError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/[()]/g, '').trim();
  return new UsageError(first, { hint: suggestion || 'See `pmcp --help`.' });
}
