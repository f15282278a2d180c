import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { matchesGlob } from 'node:path';
import { createInterface } from 'node:readline';
import { ToolFailure } from '../definition.ts';
import { DENIED_GLOBS } from './roots.ts';

export interface SearchQuery {
  pattern: string;
  literal: boolean;
  caseMode: 'smart' | 'sensitive' | 'insensitive';
  globs: readonly string[];
  /** Real absolute paths. */
  paths: readonly string[];
  contextLines: number;
}

export interface Match {
  path: string;
  line: number;
  column: number;
  text: string;
  before: string[];
  after: string[];
}

export interface SearchResult {
  matches: Match[];
  /** More matched than MAX_MATCHES; the rest was not read. */
  capped: boolean;
}

/** Beyond it a search says nothing a narrower one would not say better. */
const MAX_MATCHES = 5_000;
const MAX_LINE = 400;

/** The binary that the package @vscode/ripgrep carries for this platform. */
function ripgrepPath(): string {
  const name = `@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg`;
  return createRequire(import.meta.url).resolve(name);
}

/** The exact words of the command: user values never reach a place where they could be a flag. */
function ripgrepArgv(query: SearchQuery, output: '--json' | '--files-with-matches'): string[] {
  const argv = [output, '--no-config', '--no-require-git', '--max-filesize=2M'];
  argv.push('--regex-size-limit=16M', '--dfa-size-limit=32M', `--context=${query.contextLines}`);
  argv.push(
    { smart: '--smart-case', sensitive: '--case-sensitive', insensitive: '--ignore-case' }[
      query.caseMode
    ],
  );
  if (query.literal) argv.push('--fixed-strings');
  argv.push(...globArguments(query.globs));
  for (const glob of DENIED_GLOBS) argv.push(`--iglob=!${glob}`);
  argv.push(`--regexp=${query.pattern}`, '--', ...query.paths);
  return argv;
}

/**
 * A positive --glob would bring back what .gitignore hides, so positive ones become a file type,
 * which cannot; those with a slash are left to `fits`.
 */
function globArguments(globs: readonly string[]): string[] {
  const negative = globs.filter((glob) => glob.startsWith('!'));
  const positive = globs.filter((glob) => !glob.startsWith('!'));
  const argv = negative.map((glob) => `--glob=${glob}`);
  if (positive.length === 0 || positive.some((glob) => glob.includes('/'))) return argv;
  for (const glob of positive) argv.push(`--type-add=wanted:${glob}`);
  return [...argv, '--type=wanted'];
}

/** Whether a path, relative to its root, fits one of the positive globs (none: all fit). */
export function fits(path: string, globs: readonly string[]): boolean {
  const positive = globs.filter((glob) => !glob.startsWith('!'));
  return (
    positive.length === 0 ||
    positive.some((glob) => matchesGlob(path, glob.includes('/') ? glob : `**/${glob}`))
  );
}

/** Runs ripgrep; killed when `signal` aborts or enough has been read. */
export async function ripgrep(query: SearchQuery, signal: AbortSignal): Promise<SearchResult> {
  const collector = createCollector(query.contextLines);
  await run(ripgrepArgv(query, '--json'), signal, (line) => collector.add(line));
  return collector.finish();
}

/** The files in which something matches, at most `limit` of them. */
export async function filesMatching(
  query: SearchQuery,
  limit: number,
  signal: AbortSignal,
): Promise<string[]> {
  const files: string[] = [];
  await run(
    ripgrepArgv(query, '--files-with-matches'),
    signal,
    (line) => files.push(line) >= limit,
  );
  return files.sort();
}

/** Every file that a search would read, at most `limit` of them. */
export async function searchableFiles(
  directories: readonly string[],
  limit: number,
  signal: AbortSignal,
): Promise<string[]> {
  const files: string[] = [];
  const hidden = DENIED_GLOBS.map((glob) => `--iglob=!${glob}`);
  const argv = ['--files', '--no-config', '--no-require-git', ...hidden, '--', ...directories];
  await run(argv, signal, (line) => files.push(line) >= limit);
  return files;
}

/** Feeds stdout line by line to `enough`, which says when to stop. */
async function run(
  argv: string[],
  signal: AbortSignal,
  enough: (line: string) => boolean,
): Promise<void> {
  const child = spawn(ripgrepPath(), argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 2_000) complaint += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; killed: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killed) => resolve({ code, killed }));
  });
  let satisfied = false;
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (satisfied) continue;
      satisfied = enough(line);
      if (satisfied) child.kill('SIGKILL');
    }
  })();
  const [{ code, killed }] = await Promise.all([ended, reading]);
  // Code 2 with answers: some files could not be read; what was found still stands.
  if (code === 2 && /regex|glob|parse/i.test(complaint)) throw refusedPattern(complaint);
  if (killed !== null && !satisfied) {
    throw new ToolFailure(
      'search_killed',
      `the search was ended by ${killed}`,
      'Try again, with a narrower path.',
    );
  }
}

function refusedPattern(complaint: string): ToolFailure {
  const said = complaint.trim().split('\n').slice(-4).join(' ').slice(0, 400);
  return new ToolFailure(
    'invalid_pattern',
    said || 'ripgrep refused the pattern',
    'Mend the expression, or set literal to true.',
  );
}

interface RipgrepEvent {
  type: string;
  data: {
    path?: { text?: string };
    lines?: { text?: string };
    line_number?: number;
    submatches?: { start: number }[];
  };
}

/** Builds matches from ripgrep's JSON lines; `add` is true once there are enough. */
function createCollector(contextLines: number) {
  const matches: Match[] = [];
  let before: { line: number; text: string }[] = [];
  let last: Match | undefined;
  let lastLine = 0;
  return {
    add(json: string): boolean {
      const { type, data }: RipgrepEvent = JSON.parse(json);
      const text = clean(data.lines?.text);
      const line = data.line_number ?? 0;
      if (type === 'begin') {
        before = [];
        last = undefined;
      } else if (type === 'context') {
        if (last && line === lastLine + 1 && last.after.length < contextLines)
          last.after.push(text);
        before.push({ line, text });
        lastLine = line;
      } else if (type === 'match' && data.path?.text !== undefined) {
        const column = (data.submatches?.[0]?.start ?? 0) + 1;
        const nearby = before.slice(-contextLines).filter((one) => line - one.line <= contextLines);
        last = {
          path: data.path.text,
          line,
          column,
          text,
          before: nearby.map((one) => one.text),
          after: [],
        };
        before = [];
        lastLine = line;
        matches.push(last);
      }
      return matches.length >= MAX_MATCHES;
    },
    finish(): SearchResult {
      matches.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
      return { matches, capped: matches.length >= MAX_MATCHES };
    },
  };
}

function clean(text: string | undefined): string {
  const line = (text ?? '').replace(/\r?\n$/, '');
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}
