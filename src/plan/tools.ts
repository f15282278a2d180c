import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, fail, inconclusive, pass } from './evidence.ts';
import { type Ended, excerpt, runProgram } from './program.ts';
import type { Site } from './site.ts';

/** A program that judges sources, with the words that tell what it is. */
interface Tool {
  argv: readonly string[];
  shown: string;
}

type Kind = 'lint' | 'format' | 'types' | 'undefined names' | 'imports';

const MINUTES_5 = 300_000;

/** Runs the project's own tool of this kind, each only once. */
export async function toolFinding(site: Site, kind: Kind): Promise<Finding> {
  const tool = toolOf(site.project, kind);
  if (!tool) return inconclusive(`no tool for ${kind} is set up in ${site.project}`);
  const ended = await site.once(`tool ${tool.shown}`, () =>
    runProgram(site, tool.argv, { cwd: site.project, shown: tool.shown, timeoutMs: MINUTES_5 }),
  );
  const rest = { command: tool.shown, output: excerpt(ended), unit: 'problems', threshold: 0 };
  if (ended.problem !== undefined) return inconclusive(`${tool.shown}: ${ended.problem}`, rest);
  const found = problemsOf(ended, kind);
  if (found.length === 0) return pass(`no problem found by ${tool.shown}`, { ...rest, figure: 0 });
  const output = found.slice(0, 10).join('\n');
  const more = { ...rest, output, figure: found.length };
  return fail(`${found.length} found by ${tool.shown}: ${found[0]?.slice(0, 200)}`, more);
}

function problemsOf(ended: Ended, kind: Kind): string[] {
  if (ended.code === 0) return [];
  const lines = `${ended.stdout}\n${ended.stderr}`.split('\n').filter((line) => line.trim() !== '');
  const typed = lines.filter((line) => /\berror TS\d+/.test(line));
  const codes = TYPE_ERRORS[kind];
  // One run of the compiler answers three questions, each by its own kind of error.
  if (codes && typed.length > 0) return typed.filter((line) => codes.test(line));
  if (typed.length > 0) return typed;
  return lines.length > 0 ? lines : [`exit code ${ended.code}`];
}

const TYPE_ERRORS: Partial<Record<Kind, RegExp>> = {
  'undefined names': /error TS(?:2304|2503|2552|2662|2663)\b/,
  imports: /error TS(?:2305|2306|2307|2459|2614|2724|7016)\b/,
};

function toolOf(project: string, kind: Kind): Tool | undefined {
  const has = (name: string) => existsSync(join(project, name));
  const node = (script: string, ...args: string[]): Tool => ({
    argv: [process.execPath, join(project, script), ...args],
    shown: [script.split('/').at(-1), ...args].join(' '),
  });
  const word = (...argv: string[]): Tool => ({ argv, shown: argv.join(' ') });
  const isTyped = has('tsconfig.json');
  const compiler = node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.');
  if (isTyped && kind !== 'lint' && kind !== 'format') return compiler;
  const isPython = ['pyproject.toml', 'requirements.txt', 'setup.py', 'ruff.toml'].some(has);
  if (isPython) {
    const mypy = ['mypy', ...['core', 'utils', 'config', 'src'].filter(has)];
    return {
      lint: word('ruff', 'check', '.'),
      format: word('ruff', 'format', '--check', '.'),
      types: word(...mypy, '--ignore-missing-imports'),
      'undefined names': word('ruff', 'check', '--select', 'F821', '.'),
      imports: word('ruff', 'check', '--select', 'F401,F403,F405', '.'),
    }[kind];
  }
  if (has('biome.json') || has('biome.jsonc')) {
    const biome = 'node_modules/@biomejs/biome/bin/biome';
    if (kind === 'lint') return node(biome, 'lint', '--error-on-warnings', '.');
    if (kind === 'format') return node(biome, 'format', '.');
  }
  const eslint = /eslint/.test(readText(join(project, 'package.json')));
  if (kind === 'lint' && eslint) return node('node_modules/eslint/bin/eslint.js', '.');
  return undefined;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
