import { z } from 'zod';
import { type CallContext, READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { answerPage, moreWith } from '../page.ts';
import { shape } from '../shape.ts';
import type { SearchEngine } from './engine.ts';
import type { NamedPattern } from './patterns.ts';
import type { Match, SearchQuery } from './ripgrep.ts';

const TIMEOUT_MS = 10_000;

const matchShape = z.strictObject({
  path: z.string(),
  line: z.int(),
  column: z.int(),
  text: z.string(),
  before: z.array(z.string()),
  after: z.array(z.string()),
});

const found = z.strictObject({
  matches: z.array(matchShape),
  total: z.int().describe('All matches; at most 5000 are counted.'),
  files: z.int().describe('Files with a match.'),
  capped: z.boolean().describe('More matched than was read: narrow the search.'),
  cached: z.boolean(),
  nextCursor: z.string().optional().describe('Pass as `cursor` for the next page.'),
});
type Found = z.output<typeof found>;

const paging = {
  path: z.string().optional().describe('Directory or file to search, relative to the project.'),
  limit: z.int().min(1).max(200).default(50).describe('Matches in one answer.'),
  cursor: z.string().optional().describe('The nextCursor of the page before.'),
  context: z.int().min(0).max(5).default(0).describe('Lines before and after each match.'),
};

const globs = z
  .array(z.string().min(1).max(200))
  .max(20)
  .default([])
  .describe('Only these files, such as *.ts or src/**; not those with a leading !, as !test/**.');

const codeInput = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(1_000)
    .describe('Regular expression (Rust syntax), or plain text with literal.'),
  literal: z.boolean().default(false).describe('Take the query as plain text.'),
  case: z
    .enum(['smart', 'sensitive', 'insensitive'])
    .default('smart')
    .describe('smart: sensitive when the query has a capital letter.'),
  globs,
  ...paging,
});

export function searchCode(
  engine: SearchEngine,
): ToolDefinition<z.output<typeof codeInput>, Found> {
  return {
    name: 'search_code',
    title: 'Search code',
    description:
      'Searches the source tree with ripgrep and returns matching lines with their place. ' +
      'Files that git ignores and files that may hold secrets are never searched. ' +
      'Use find_symbol for a definition, search_pattern for risk topics, read_source to read on.',
    hints: READ_ONLY,
    input: shape(codeInput, 'input'),
    output: shape(found, 'output'),
    timeoutMs: TIMEOUT_MS,
    run: ({ query, literal, case: caseMode, globs, ...rest }, context) =>
      searchPage(engine, { pattern: query, literal, caseMode, globs }, rest, context),
    render,
  };
}

const patternInput = z.strictObject({
  name: z.string().describe('A name from list_patterns, such as stop_loss.'),
  globs,
  ...paging,
});

export function searchPattern(
  engine: SearchEngine,
  patterns: readonly NamedPattern[],
): ToolDefinition<z.output<typeof patternInput>, Found> {
  return {
    name: 'search_pattern',
    title: 'Search a named pattern',
    description: `Searches one of the named patterns: ${patterns.map((one) => one.name).join(', ')}.`,
    hints: READ_ONLY,
    input: shape(patternInput, 'input'),
    output: shape(found, 'output'),
    timeoutMs: TIMEOUT_MS,
    run: async ({ name, globs, ...rest }, context) => {
      const known = patterns.find((pattern) => pattern.name === name);
      if (!known) throw unknownPattern(name, patterns);
      const query = {
        pattern: known.regex,
        literal: false,
        caseMode: 'insensitive',
        globs,
      } as const;
      return searchPage(engine, query, rest, context);
    },
    render,
  };
}

function unknownPattern(name: string, patterns: readonly NamedPattern[]): ToolFailure {
  const names = patterns.map((pattern) => pattern.name).join(', ');
  return new ToolFailure(
    'unknown_pattern',
    `no pattern is named ${JSON.stringify(name)}`,
    `Use one of: ${names}.`,
  );
}

const symbolInput = z.strictObject({
  name: z
    .string()
    .regex(/^[\w$]{1,100}$/, 'a name: letters, digits, _ and $')
    .describe('Exact name of the symbol.'),
  ...paging,
});

/**
 * Declarations of TypeScript, JavaScript, Python, Go and Rust, told by the keyword before the name.
 */
const DECLARES =
  '(?:function\\*?|class|interface|type|enum|const|let|var|def|fn|func|struct|trait|impl' +
  '|namespace|module)\\s+';
const METHOD = '^\\s*(?:(?:public|private|protected|static|async|readonly|override|get|set)\\s+)*';

export function findSymbol(
  engine: SearchEngine,
): ToolDefinition<z.output<typeof symbolInput>, Found> {
  return {
    name: 'find_symbol',
    title: 'Find a symbol',
    description:
      'Finds where a function, class, type, constant or method of exactly this name is declared.',
    hints: READ_ONLY,
    input: shape(symbolInput, 'input'),
    output: shape(found, 'output'),
    timeoutMs: TIMEOUT_MS,
    run: ({ name, ...rest }, context) => {
      const word = name.replaceAll('$', '\\$');
      const method = `${METHOD}${word}\\s*(?:<[^>]*>)?\\([^;]*\\{\\s*$`;
      const pattern = `${DECLARES}${word}(?:[^\\w$]|$)|${method}`;
      return searchPage(
        engine,
        { pattern, literal: false, caseMode: 'sensitive', globs: [] },
        rest,
        context,
      );
    },
    render,
  };
}

async function searchPage(
  engine: SearchEngine,
  wanted: Omit<SearchQuery, 'paths' | 'contextLines'>,
  {
    path,
    limit,
    cursor,
    context: contextLines,
  }: { path?: string | undefined; limit: number; cursor?: string | undefined; context: number },
  context: CallContext,
): Promise<Found> {
  const paths =
    path === undefined
      ? engine.roots.directories
      : [await searchable(engine, path, context.signal)];
  const { matches, capped, cached } = await engine.search(
    { ...wanted, paths, contextLines },
    context,
  );
  const { items, ...next } = answerPage(matches, cursor, limit);
  const shown = items.map((match): Match => ({ ...match, path: engine.roots.show(match.path) }));
  const files = new Set(matches.map((match) => match.path)).size;
  return { matches: shown, total: matches.length, files, capped, cached, ...next };
}

async function searchable(
  engine: SearchEngine,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const real = await engine.roots.resolve(path);
  // Named outright, ripgrep would search even what .gitignore hides.
  if (await engine.isVisible(real, signal)) return real;
  throw new ToolFailure(
    'denied',
    `${path} is hidden, empty or ignored by git`,
    'Search a directory above it.',
  );
}

function render({ matches, total, files, capped, nextCursor }: Found): string {
  if (total === 0) return 'No match.';
  const lines = matches.map(({ path, line, text, before, after }) =>
    [
      ...before.map((one) => `  ${one}`),
      `${path}:${line}: ${text}`,
      ...after.map((one) => `  ${one}`),
    ].join('\n'),
  );
  const count = `${total}${capped ? ' or more' : ''} matches in ${files} files`;
  return [count, ...lines, ...moreWith(nextCursor)].join('\n');
}
