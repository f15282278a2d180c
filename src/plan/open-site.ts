import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { secretValues } from '../config/secret.ts';
import { createRedact } from '../core/redact.ts';
import type { Target } from '../core/validation.ts';
import { unitLimits } from '../host/unit-limits.ts';
import { createTestRuns } from '../mcp/testing/port.ts';
import { readStatusOnce } from '../observe/port.ts';
import { prepareOwn } from './own-installation.ts';
import type { Allowance, Need, Site, TestOutcome } from './site.ts';
import type { TestSuite } from './tests.ts';

export interface SiteOptions {
  target: Target;
  flags: { env: string | undefined; dataDir: string | undefined };
  self: { command: string; args: readonly string[] };
  quick: boolean;
  /** Some selected check asks a running installation. */
  wantsRunning: boolean;
  /** Even where one runs. */
  wantsOwn: boolean;
  allowed: ReadonlySet<Allowance>;
  /** Root of the installation on this host. */
  installation: string;
  pace: number;
  cgroups: string;
  signal: AbortSignal;
  progress(text: string): void;
}

export interface OpenSite {
  site: Site;
  close(): Promise<void>;
}

/** The installation that runs here, or one of its own on paper, on free ports, in a scratch place. */
export async function openSite(options: SiteOptions): Promise<OpenSite> {
  const { flags, target, self } = options;
  const given = await loadConfig({ flags: { ...flags, env: target } });
  const scratch = mkdtempSync(join(tmpdir(), 'pmcp-verify-'));
  const clean = () => rmSync(scratch, { recursive: true, force: true });
  try {
    const own = (await startsOwn(options, given))
      ? await prepareOwn({ ...options, scratch, given })
      : undefined;
    const config = own?.config ?? given;
    const dataDir = resolve(config.DATA_DIR);
    const root = dirname(dirname(self.args.at(-1) ?? ''));
    const project = resolve(config.MCP_PROJECT_DIRS.split(':').find(Boolean) ?? '.');
    const env = {
      ...process.env,
      ...own?.env,
      ENVIRONMENT: config.ENVIRONMENT,
      DATA_DIR: dataDir,
      NO_COLOR: '1',
    };
    const memory = new Map<string, Promise<unknown>>();
    const site: Site = {
      ...options,
      ...{ config, dataDir, env, root, project, scratch },
      socketPath: join(dataDir, 'run', 'status.sock'),
      library: join(root, 'dist', 'index.cjs'),
      selfStarted: own !== undefined,
      ensure: async (running) => own?.ensure(running),
      lacks: await lacking(options, own !== undefined, project),
      redact: createRedact({ secrets: secretValues(config), env: process.env }),
      once: <Value>(key: string, make: () => Promise<Value>) => {
        const made = memory.get(key) ?? make();
        memory.set(key, made);
        return made as Promise<Value>;
      },
      runTests: (suite) => runTests(suite, project, options),
    };
    const close = async () => {
      await own?.ensure(false);
      clean();
    };
    return { site, close };
  } catch (error) {
    clean();
    throw error;
  }
}

/** Production is never replaced by a stand-in: where nothing runs, its checks fail. */
async function startsOwn(options: SiteOptions, config: Config): Promise<boolean> {
  if (!options.wantsRunning || options.target === 'production') return false;
  if (options.wantsOwn) return true;
  const socketPath = join(resolve(config.DATA_DIR), 'run', 'status.sock');
  return 'problem' in (await readStatusOnce(socketPath, 1000));
}

async function lacking(options: SiteOptions, isOwn: boolean, project: string) {
  const { target, allowed } = options;
  const limits = await unitLimits('polymarket-mcp.service');
  const places = ['cgroup.procs', 'cpu/cgroup.procs', 'cpu,cpuacct/cgroup.procs'];
  const mayHog = places.some((name) => isWritable(join(options.cgroups, name)));
  const isStaging = target === 'staging';
  const reasons: Record<Need, string | undefined> = {
    running: undefined,
    sources: ['test', 'tests', 'spec'].some((name) => existsSync(join(project, name)))
      ? undefined
      : `no tests in ${project}: a release holds no sources; see --recorded`,
    systemd: 'problem' in limits ? limits.problem : undefined,
    kill: isOwn || allowed.has('kill') ? undefined : 'not without --allow-kill',
    load: isStaging || allowed.has('load') ? undefined : 'not in production without --allow-load',
    hog:
      mayHog && (isStaging || allowed.has('hog'))
        ? undefined
        : mayHog
          ? 'not in production without --allow-hog'
          : 'only root may put a process into the control group of a unit',
    rollback: allowed.has('rollback') ? undefined : 'not without --rehearse-rollback on staging',
  };
  return (need: Need) => reasons[need];
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const TEST_LIMITS = { timeMs: 40 * 60_000, memoryBytes: 3_000_000_000 };

async function runTests(
  suite: TestSuite,
  root: string,
  { signal, progress }: SiteOptions,
): Promise<TestOutcome> {
  const nowMs = () => Date.now();
  const runs = createTestRuns({ root, node: process.execPath, limits: TEST_LIMITS, nowMs });
  const { files, coverage } = suite;
  const context = {
    log: () => {},
    signal,
    progress: (done: number, _total: number | undefined, message?: string) =>
      progress(`${done} tests: ${message ?? ''}`),
  };
  const run = await runs.start({ filter: undefined, files, coverage }, context);
  const of = (outcome: string) => run.results.filter((one) => one.outcome === outcome);
  return {
    runner: run.runner,
    outcome: run.outcome,
    reason: run.reason,
    passed: of('passed').length,
    skipped: of('skipped').length,
    failures: of('failed').map((one) => `${one.id}: ${(one.message ?? '').split('\n')[0]}`),
    commit: run.commit,
    tail: run.tail,
  };
}
