import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { operatorName } from '../host/operator.ts';
import type { PlanCheck } from './check.ts';
import { checks } from './checks.ts';
import type { Evidence } from './evidence.ts';
import { openSite, type SiteOptions } from './open-site.ts';
import { readRecorded } from './recorded.ts';
import { runChecks } from './run.ts';
import { listRuns, openRun, type RunMeta } from './store.ts';
import type { PhaseNumber } from './words.ts';

export interface VerifyOptions extends Omit<SiteOptions, 'wantsRunning'> {
  /** Empty: all. */
  phases: readonly PhaseNumber[];
  resume: boolean;
  pmcpVersion: string;
  /** A report with the evidence for checks that need sources. */
  recordedFile: string | undefined;
  /** Where evidence is kept. */
  dataDir: string;
  onStart(check: PlanCheck): void;
  onEnd(check: PlanCheck, evidence: Evidence, isEarlier: boolean): void;
}

export interface Verified {
  meta: RunMeta;
  evidence: Map<string, Evidence>;
  directory: string;
}

/** Works through the plan and keeps what it finds; the result of an interrupted run can be resumed. */
export async function verify(options: VerifyOptions): Promise<Verified> {
  const { phases, dataDir, signal } = options;
  const selected = checks.filter((one) => phases.length === 0 || phases.includes(one.phase));
  const root = dirname(dirname(options.self.args.at(-1) ?? ''));
  const commit = await commitOf(root);
  const meta = options.resume ? resumed(options, commit) : newRun(options, selected, commit);
  const recorded = recordedOf(options.recordedFile, root, commit);
  const wanted = checks.filter((one) => meta.phases.includes(one.phase));
  const store = openRun(dataDir, meta.id);
  const earlier = options.resume ? store.evidence() : new Map<string, Evidence>();
  const open = wanted.filter((one) => earlier.get(one.id)?.result !== 'PASS');
  const wantsRunning = open.some((one) => one.needs.includes('running'));
  store.describe(meta);
  const { site, close } = await openSite({ ...options, quick: meta.quick, wantsRunning });
  try {
    meta.selfStarted ||= site.selfStarted;
    store.describe(meta);
    const { onStart, onEnd } = options;
    const done = await runChecks({
      ...{ checks: wanted, site, store, commit, earlier, recorded, onStart, onEnd },
    });
    if (done) meta.finishedAt = new Date().toISOString();
    store.describe(meta);
  } finally {
    await close();
  }
  signal.throwIfAborted();
  return { meta, evidence: store.evidence(), directory: store.directory };
}

function newRun(
  options: VerifyOptions,
  selected: readonly PlanCheck[],
  commit: string | null,
): RunMeta {
  const startedAt = new Date().toISOString();
  const stamp = startedAt.replace(/[-:]/g, '').replace(/\.\d+/, '');
  const taken = new Set(listRuns(options.dataDir).map(({ id }) => id));
  let id = stamp;
  for (let more = 2; taken.has(id); more += 1) id = `${stamp}-${more}`;
  return {
    schema: 'pmcp.verify.run',
    version: 1,
    id,
    startedAt,
    finishedAt: null,
    target: options.target,
    host: hostname(),
    tester: operatorName(),
    pmcpVersion: options.pmcpVersion,
    commit,
    quick: options.quick,
    selfStarted: false,
    phases: [...new Set(selected.map((one) => one.phase))],
    allowed: [...options.allowed].sort(),
  };
}

/** The newest run of this target. What passed on other code is worth nothing now. */
function resumed(options: VerifyOptions, commit: string | null): RunMeta {
  const { dataDir, target, quick } = options;
  const run = listRuns(dataDir).find((one) => one.target === target && one.quick === quick);
  const hint = 'Start a new one: leave out --resume.';
  if (!run) throw new UsageError(`no run of ${target} to resume in ${dataDir}/verify`, { hint });
  if (run.commit !== commit || run.pmcpVersion !== options.pmcpVersion) {
    throw new UsageError(
      `run ${run.id} was of commit ${run.commit ?? 'unknown'}, and this is ${commit ?? 'unknown'}`,
      { hint },
    );
  }
  return { ...run, finishedAt: null, allowed: [...options.allowed].sort() };
}

function recordedOf(file: string | undefined, root: string, commit: string | null) {
  const shipped = join(root, 'verified.json');
  const path = file ?? (existsSync(shipped) ? shipped : undefined);
  return path === undefined ? undefined : readRecorded({ path, commit, nowMs: Date.now() });
}

/** Of the release, by its manifest, or of the checkout, by git; `-dirty` when files were changed. */
async function commitOf(root: string): Promise<string | null> {
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8'));
    return manifest.dirty === true ? `${manifest.commit}-dirty` : String(manifest.commit);
  } catch {
    const head = await git(root, 'rev-parse', 'HEAD');
    if (head === undefined) return null;
    return (await git(root, 'status', '--porcelain', '-uno')) === '' ? head : `${head}-dirty`;
  }
}

function git(root: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('git', ['-C', root, ...args], { timeout: 10_000 }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    );
  });
}
