/** The manual page in the macros of man(7), from the commands themselves. */
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command.ts';
import { GLOBAL_OPTIONS } from './completion/tree.ts';

export interface ManualInput {
  specs: readonly CommandSpec[];
  version: string;
  /** Meanings by exit code. */
  exitCodes: readonly (readonly [code: number, meaning: string])[];
}

export function manualPage({ specs, version, exitCodes }: ManualInput): string {
  return `${[
    '.\\" Written by `pmcp completion man`.',
    `.TH PMCP 1 "" "pmcp ${plain(version)}" "User commands"`,
    '.SH NAME',
    'pmcp \\- operations toolkit for a Polymarket copy\\-trading bot',
    '.SH SYNOPSIS',
    '.B pmcp',
    '.RI [ option ...]',
    '.I command',
    '.RI [ argument ...]',
    '.SH DESCRIPTION',
    ...paragraphs(
      'A bot that copies the trades of chosen wallets, and what it takes to operate it: a paper ' +
        'exchange, a circuit breaker, health, metrics, alerts, MCP servers, deploys and reviews, ' +
        'behind one command line. Paper is the default; `pmcp up` runs all of it without an account.',
    ),
    '.SH GLOBAL OPTIONS',
    ...GLOBAL_OPTIONS.flatMap(option),
    '.SH COMMANDS',
    ...specs.flatMap((spec) => command(spec, 'pmcp')),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, plain(meaning)]),
    '.SH FILES',
    ...tagged('.env, .env.<environment>', 'configuration, read from the working directory'),
    ...tagged('DATA_DIR', 'all state: journal, breaker, sockets, history, reviews'),
    '.SH SEE ALSO',
    plain('The documents in docs/: operations.md, runbook.md, security.md, configuration.md.'),
  ].join('\n')}\n`;
}

function command(spec: CommandSpec, parent: string): string[] {
  const name = `${parent} ${spec.name}`;
  const words = (spec.arguments ?? []).map((one) => one.name).join(' ');
  return [
    ...(parent === 'pmcp'
      ? [`.SS ${plain(name)}`]
      : ['.PP', `.B ${plain(`${name} ${words}`.trim())}`, '.PP']),
    ...(parent === 'pmcp' && words !== '' ? ['.PP', `.B ${plain(`${name} ${words}`)}`] : []),
    ...paragraphs(`${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}.`),
    ...paragraphs(spec.description ?? ''),
    ...(spec.arguments ?? []).flatMap(argument),
    ...(spec.options ?? []).flatMap(option),
    ...examples(spec.examples ?? []),
    ...(spec.subcommands ?? []).flatMap((sub) => command(sub, name)),
  ];
}

function argument({ name, summary }: ArgumentSpec): string[] {
  return tagged(name, summary);
}

function option({ flags, summary, choices, defaultValue }: OptionSpec): string[] {
  const remarks = [
    ...(choices ? [`one of ${choices.join(', ')}`] : []),
    ...(defaultValue === undefined ? [] : [`default: ${defaultValue}`]),
  ];
  return tagged(flags, remarks.length > 0 ? `${summary} (${remarks.join('; ')})` : summary);
}

function tagged(tag: string, words: string): string[] {
  return ['.TP', `.B ${plain(tag)}`, folded(words)];
}

function examples(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ['.PP', 'Examples:', '.PP', '.nf', ...lines.map((line) => `    ${plain(line)}`), '.fi'];
}

/** Indented lines stay as they are; others flow. */
function paragraphs(text: string): string[] {
  return text.split('\n\n').flatMap((part) => {
    if (part.trim() === '') return [];
    if (/^\s/m.test(part)) return ['.PP', '.nf', ...part.split('\n').map(plain), '.fi'];
    return ['.PP', folded(part.replaceAll('\n', ' '))];
  });
}

/** In lines of a length that a person can read in a diff; roff fills them anew. */
function folded(words: string): string {
  const lines = words
    .replace(/(.{1,80})(?: |$)/g, '$1\n')
    .trimEnd()
    .split('\n');
  return lines.map(plain).join('\n');
}

/** Text that roff does not take for anything else. */
function plain(words: string): string {
  const text = words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replace(
      /[^\n -~]/gu,
      (c) => `\\[u${c.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  return text.startsWith('.') ? `\\&${text}` : text;
}
