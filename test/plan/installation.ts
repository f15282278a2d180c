import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createStatusServer, type StatusServer } from '../../src/bot/status-server.ts';
import { createHealth, type HealthDocument } from '../../src/observe/health.ts';
import { METRICS_CONTRACT } from '../../src/observe/port.ts';
import type { Allowance } from '../../src/plan/site.ts';
import { type Verified, verify } from '../../src/plan/verify.ts';
import type { PhaseNumber } from '../../src/plan/words.ts';
import type { Behaviour } from '../fakes/monitoring.ts';
import { fakeHello, fakeLatency, fakeStatus } from '../fakes/status.ts';
import { freePort, temporaryDirectory } from '../journeys/run.ts';
import { facts } from '../observe/facts.ts';
import { createProject, type Put, putInto } from './project.ts';
import { benchSaid, createRelease, healthSaid, type Said } from './release.ts';

const MONITORING = resolve(import.meta.dirname, '../fakes/monitoring.ts');

/** An installation in which every check passes, and each part of which can be broken. */
export interface Fixture {
  home: string;
  env: Record<string, string>;
  project: Put;
  release: Put;
  says(name: string, said: Said): void;
  monitoring(change: (behaviour: Behaviour) => void): void;
  health(change: (document: HealthDocument) => void): void;
  /** Publishes this latency of so many orders. */
  latency(p99Ms: number, count?: number): void;
  systemctl(answer: Partial<Record<string, string>>): void;
  /** Percent of a core that the control group gets while a hog is in it. */
  enforced(percent: number): void;
  /** What happens when monitoring ends. */
  onCrash: 'restart' | 'nothing' | 'bot dies' | 'bot hangs';
  verify(phases: readonly PhaseNumber[], more?: object): Promise<Verified>;
  close(): Promise<void>;
}

export async function createFixture(): Promise<Fixture> {
  const home = temporaryDirectory();
  const at = (...parts: string[]) => join(home, ...parts);
  const put = putInto(home);
  const release = putInto(at('root'));
  const says = createRelease(release);
  const project = createProject(at('project'));
  const ports = { dashboard: await freePort(), metrics: await freePort(), mcp: await freePort() };
  const file = at('monitoring.json');
  const good = behaviour(ports);
  writeFileSync(file, JSON.stringify(good));
  const monitoring: Fixture['monitoring'] = (change) => {
    const now: Behaviour = JSON.parse(readFileSync(file, 'utf8'));
    change(now);
    // Whole: it is read at any moment.
    writeFileSync(`${file}.new`, JSON.stringify(now));
    renameSync(`${file}.new`, file);
  };
  let share = 14;
  const kernel = cgroup(put, () => share);
  const env = {
    ENVIRONMENT: 'staging',
    DATA_DIR: at('data'),
    PATH: `${at('bin')}:${process.env['PATH']}`,
    MCP_PROJECT_DIRS: at('project'),
    DASHBOARD_PORT: String(ports.dashboard),
    METRICS_PORT: String(ports.metrics),
    MCP_HTTP_PORT: String(ports.mcp),
  };
  for (const [name, said] of goodWords()) says(name, said);
  const systemctl = systemctlIn(home, put);
  systemctl({});
  const bot = await startBot(at('data', 'run', 'status.sock'));
  let child: ChildProcess | undefined;
  let closing = false;
  const launch = () => {
    const started = spawn(process.execPath, [MONITORING, file], { stdio: 'ignore' });
    child = started;
    started.once('exit', () => {
      if (closing || fixture.onCrash === 'nothing') return;
      if (fixture.onCrash === 'bot dies') void bot.close();
      if (fixture.onCrash === 'bot hangs') bot.hang();
      launch();
    });
  };
  const fixture: Fixture = {
    ...{ home, env, project, release, says, monitoring, systemctl, onCrash: 'restart' },
    health: (change) =>
      monitoring((now) => {
        const document = JSON.parse(now.health.body);
        change(document);
        now.health.body = JSON.stringify(document);
      }),
    latency: (p99Ms, count) => bot.publish(statusOf(p99Ms, count)),
    enforced: (percent) => {
      share = percent;
    },
    verify: (phases, more = {}) => verify({ ...settings(home, phases), ...more }),
    async close() {
      closing = true;
      clearInterval(kernel);
      child?.kill('SIGKILL');
      await bot.close();
    },
  };
  launch();
  await answers(`http://127.0.0.1:${ports.dashboard}/livez`);
  return fixture;
}

function settings(home: string, phases: readonly PhaseNumber[]) {
  const allowed: Allowance[] = ['kill', 'load', 'hog', 'rollback'];
  return {
    target: 'staging' as const,
    flags: { env: 'staging', dataDir: undefined },
    self: { command: process.execPath, args: [join(home, 'root', 'dist', 'pmcp.cjs')] },
    quick: false,
    pace: 0.03,
    wantsOwn: false,
    allowed: new Set(allowed),
    cgroups: join(home, 'cgroup'),
    installation: join(home, 'opt'),
    signal: new AbortController().signal,
    phases,
    resume: false,
    pmcpVersion: '1.2.3',
    recordedFile: undefined,
    dataDir: join(home, 'evidence'),
    progress: () => {},
    onStart: () => {},
    onEnd: () => {},
  };
}

function goodWords(): [string, Said][] {
  return [
    ['bench', benchSaid()],
    ['health', healthSaid('healthy', 0)],
    ['deploy', { code: 0, text: 'DRY_RUN: nothing was changed' }],
    ['rollback', { code: 0, text: 'DRY_RUN: 3 steps' }],
    ['coverage', coverageSaid(0.93)],
  ];
}

export function coverageSaid(coverage: number): Said {
  const status = coverage >= 0.85 ? 'passed' : 'failed';
  return { code: 0, text: JSON.stringify({ status, coverage, message: 'from lcov.info' }) };
}

function behaviour(ports: Behaviour['ports']): Behaviour {
  const health = createHealth('staging', () => 0);
  health.check(facts());
  const metrics = METRICS_CONTRACT.map((name) => `# TYPE ${name} gauge\n${name} 1\n`).join('');
  return {
    ports,
    health: { status: 200, body: JSON.stringify(health.document()), delayMs: 0 },
    metrics: { status: 200, body: metrics },
    tools: { 'codebase-search': ['a'], testing: ['b'], monitoring: ['c'] },
    answers: {
      scan_risk_parameters: { flagged: [], filesScanned: 4, parameters: [] },
      get_resource_usage: {
        processes: [{ name: 'mcp', cpuPercent: null, memoryMb: 64.5 }],
        withinLimits: true,
      },
      verify_test_coverage: { status: 'passed', coverage: 0.93, threshold: 0.85 },
    },
    refusals: {},
    endsOn: null,
    busy: false,
  };
}

function statusOf(p99Ms: number, count = 500) {
  const internal = fakeLatency({ count, p50Ms: 1, p99Ms });
  const { latency } = fakeStatus();
  return fakeStatus({ latency: { ...latency, internal } });
}

/** A bot of another process than this one's monitoring; it publishes all the time. */
async function startBot(socketPath: string): Promise<StatusServer & { hang(): void }> {
  const server = await createStatusServer({
    socketPath,
    // No paper exchange is there that orders could be lost by.
    hello: { ...fakeHello, mode: 'shadow', environment: 'staging', pid: process.pid },
    onHalt: () => {},
    now: () => Date.now(),
  });
  let newest = statusOf(4);
  const timer = setInterval(() => server.publish(newest), 5);
  server.publish(newest);
  return {
    ...server,
    hang: () => clearInterval(timer),
    publish(status) {
      newest = status;
      server.publish(status);
    },
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}

function systemctlIn(home: string, put: Put): Fixture['systemctl'] {
  mkdirSync(join(home, 'bin'), { recursive: true });
  return (answer) => {
    const values: Record<string, string | undefined> = {
      LoadState: 'loaded',
      CPUQuotaPerSecUSec: '150ms',
      MemoryMax: '1073741824',
      ...answer,
    };
    const lines = Object.entries(values).map(([key, value]) => `echo ${key}=${value}`);
    const group = 'case "$*" in *ControlGroup*) echo /mcp; exit 0;; esac';
    put('bin/systemctl', `#!/bin/sh\n${group}\n${lines.join('\n')}\n`);
    chmodSync(join(home, 'bin', 'systemctl'), 0o755);
  };
}

/** Files like the kernel's: use of CPU grows by `share()` percent of a core. */
function cgroup(put: Put, share: () => number): NodeJS.Timeout {
  put('cgroup/cgroup.procs', '');
  put('cgroup/mcp/cgroup.procs', '');
  put('cgroup/mcp/cpu.max', '15000 100000\n');
  put('cgroup/mcp/memory.max', `${2 ** 30}\n`);
  let used = 0;
  let throttled = 0;
  let beforeTick = performance.now();
  const tell = () => {
    const nowTick = performance.now();
    used += 10 * share() * (nowTick - beforeTick);
    throttled += 1;
    beforeTick = nowTick;
    put('cgroup/mcp/cpu.stat', `usage_usec ${Math.round(used)}\nnr_throttled ${throttled}\n`);
  };
  tell();
  return setInterval(tell, 5);
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const reply = await fetch(url).catch(() => undefined);
    if (reply?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${url} does not answer`);
}
