import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const require = createRequire(import.meta.url);

/** The manifests of the pinned releases of the official suite. */
const SUITES = {
  stable: require.resolve('@modelcontextprotocol/conformance/package.json'),
  next: require.resolve('mcp-conformance-next/package.json'),
} as const;
export type Suite = keyof typeof SUITES;

const manifest = z.object({ version: z.string() });
const checks = z.array(
  z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }),
);

export interface Outcome {
  /** Checks of the scenario itself that passed. */
  passed: number;
  /** What the suite says of each check that failed. */
  failures: string[];
}

export interface SuiteRun {
  exitCode: number;
  /** By name of the scenario, in the order in which they ran. */
  scenarios: Record<string, Outcome>;
}

export function versionOf(suite: Suite): string {
  return manifest.parse(JSON.parse(readFileSync(SUITES[suite], 'utf8'))).version;
}

/** Runs the suite as a process of its own, and reads the checks that it wrote. */
export async function runSuite(suite: Suite, url: string, words: string[]): Promise<SuiteRun> {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-conformance-'));
  try {
    const program = SUITES[suite].replace('package.json', 'dist/index.js');
    const argv = [program, 'server', '--url', url, '-o', directory, ...words];
    const exitCode = await exitOf(argv);
    const runs = readdirSync(directory).sort((a, b) => timeIn(a).localeCompare(timeIn(b)));
    const scenarios = Object.fromEntries(
      runs.map((name) => [
        name.slice('server-'.length).replace(STAMP, ''),
        outcomeIn(join(directory, name, 'checks.json')),
      ]),
    );
    return { exitCode, scenarios };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Ends the name of each scenario's directory. */
const STAMP = /-\d{4}-\d\d-\d\dT[\d-]+Z$/;

function timeIn(name: string): string {
  return STAMP.exec(name)?.[0] ?? '';
}

function exitOf(argv: string[]): Promise<number> {
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { timeout: 60_000, maxBuffer: 32e6 }, (error) => {
      resolve(error === null ? 0 : typeof error.code === 'number' ? error.code : -1);
    });
  });
}

/** The alpha adds it to each scenario: it says nothing of the scenario's own subject. */
const EVERYWHERE = 'wire-schema-valid';

function outcomeIn(path: string): Outcome {
  const all = checks.parse(JSON.parse(readFileSync(path, 'utf8')));
  const failed = all.filter(({ status }) => status === 'FAILURE');
  return {
    passed: all.filter(({ id, status }) => status === 'SUCCESS' && id !== EVERYWHERE).length,
    failures: failed.map(({ id, errorMessage }) => `${id}: ${errorMessage ?? 'failed'}`),
  };
}
