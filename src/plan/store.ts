import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import type { Evidence } from './evidence.ts';
import type { PhaseNumber } from './words.ts';

/** What a run was about. */
export interface RunMeta {
  schema: 'pmcp.verify.run';
  version: 1;
  id: string;
  startedAt: string;
  /** null: it was interrupted, and can be resumed. */
  finishedAt: string | null;
  target: 'staging' | 'production';
  host: string;
  tester: string;
  pmcpVersion: string;
  commit: string | null;
  /** Durations of the plan were shortened. */
  quick: boolean;
  selfStarted: boolean;
  phases: PhaseNumber[];
  allowed: string[];
}

export interface RunStore {
  readonly directory: string;
  evidence(): Map<string, Evidence>;
  keep(evidence: Evidence): void;
  describe(meta: RunMeta): void;
}

const fileOf = (id: string) => `${id.replace('/', '.')}.json`;

/** One file a check, written whole or not at all: an interrupted run loses nothing it has found. */
export function openRun(dataDir: string, id: string): RunStore {
  const directory = join(dataDir, 'verify', id);
  const files = join(directory, 'evidence');
  mkdirSync(files, { recursive: true, mode: 0o700 });
  return {
    directory,
    evidence() {
      const found = readdirSync(files)
        .filter((name) => name.endsWith('.json'))
        .map((name) => parse<Evidence>(join(files, name)))
        .filter((one) => one !== undefined);
      return new Map(found.map((one) => [one.id, one]));
    },
    keep: (evidence) => write(join(files, fileOf(evidence.id)), evidence),
    describe: (meta) => write(join(directory, 'run.json'), meta),
  };
}

function write(path: string, value: object): void {
  writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** All runs, the newest first. */
export function listRuns(dataDir: string): RunMeta[] {
  let names: string[];
  try {
    names = readdirSync(join(dataDir, 'verify'));
  } catch {
    return [];
  }
  return names
    .map((name) => parse<RunMeta>(join(dataDir, 'verify', name, 'run.json')))
    .filter((meta) => meta?.schema === 'pmcp.verify.run')
    .map((meta) => meta as RunMeta)
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** The run of this id, or the newest. Throws a UsageError when there is none. */
export function findRun(dataDir: string, id: string | undefined): RunMeta {
  const runs = listRuns(dataDir);
  const found = id === undefined ? runs[0] : runs.find((run) => run.id === id);
  if (found) return found;
  const hint =
    runs.length === 0
      ? 'Run `pmcp verify` first, or name another --data-dir.'
      : `There are: ${runs.map((run) => run.id).join(', ')}.`;
  const what = id === undefined ? 'no run of `pmcp verify`' : `no run ${JSON.stringify(id)}`;
  throw new UsageError(`${what} in ${join(dataDir, 'verify')}`, { hint });
}

/** undefined for what is missing or broken: a check without evidence is made again. */
function parse<Value>(path: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
