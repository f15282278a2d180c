import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../errors.ts';
import { readProcess } from '../host/vitals.ts';
import { type Finding, fail, holds, inconclusive } from './evidence.ts';
import { pause } from './running.ts';
import type { Site } from './site.ts';

const UNIT = 'polymarket-mcp.service';
const HOG_MS = 5000;
/** The kernel hands out CPU in periods of 100 ms: a few of them more or less are no breach. */
const TOLERANCE = 1.2;

/** The unit's control group, as the kernel shows it. */
interface Group {
  /** A process whose id is written here belongs to it from then on. */
  procs: string;
  quotaPercent: number;
  memoryBytes: number;
  /** Microseconds of CPU that were used, and how often it was held back; `hog` is among them. */
  look(hog: number): { usedUs: number; throttled: number };
}

async function openGroup(root: string): Promise<Group> {
  const path = await controlGroup();
  const unified = join(root, path);
  if (existsSync(join(unified, 'cpu.max'))) return unifiedGroup(unified);
  const names = ['cpu', 'cpu,cpuacct'].map((name) => join(root, name, path));
  const cpu = names.find((name) => existsSync(join(name, 'cpu.cfs_quota_us')));
  if (cpu === undefined) throw new Error(`the kernel shows no CPU quota of ${path}`);
  return legacyGroup(cpu, join(root, 'memory', path));
}

/** Version 2: one directory for everything. */
function unifiedGroup(directory: string): Group {
  const [quota = 'max', period = '100000'] = read(directory, 'cpu.max').split(' ');
  const stat = () => read(directory, 'cpu.stat');
  return {
    procs: join(directory, 'cgroup.procs'),
    quotaPercent: (100 * Number(quota)) / Number(period),
    memoryBytes: Number(read(directory, 'memory.max')),
    look: () => ({ usedUs: countIn(stat(), 'usage_usec'), throttled: throttledOf(stat()) }),
  };
}

/** Version 1: the group is known by its hog, since CPU accounting may lie in another directory. */
function legacyGroup(cpu: string, memory: string): Group {
  const quota = Number(read(cpu, 'cpu.cfs_quota_us'));
  return {
    procs: join(cpu, 'cgroup.procs'),
    quotaPercent: quota > 0 ? (100 * quota) / Number(read(cpu, 'cpu.cfs_period_us')) : Number.NaN,
    memoryBytes: Number(read(memory, 'memory.limit_in_bytes')),
    look: (hog) => ({
      usedUs: 1e6 * (readProcess(hog)?.cpuSeconds ?? Number.NaN),
      throttled: throttledOf(read(cpu, 'cpu.stat')),
    }),
  };
}

const read = (directory: string, name: string) =>
  readFileSync(join(directory, name), 'utf8').trim();
const countIn = (text: string, name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
const throttledOf = (text: string) => countIn(text, 'nr_throttled');

function controlGroup(): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['show', UNIT, '--property=ControlGroup', '--value'];
    execFile('systemctl', args, { timeout: 5000 }, (error, stdout) => {
      const path = stdout.trim();
      if (error) reject(error);
      else if (path === '' || path === '/') reject(new Error(`${UNIT} does not run`));
      else resolve(path);
    });
  });
}

/**
 * Starts a process that wants a whole core, moves it into the unit's own control group, and sees
 * that the kernel gives the group no more than its quota. The memory limit is read from the kernel:
 * filling it would end the service.
 */
export async function enforcement(site: Site): Promise<Finding> {
  const command = `a busy loop in the control group of ${UNIT}`;
  let group: Group;
  try {
    group = await openGroup(site.cgroups);
  } catch (error) {
    return inconclusive(reasonOf(error), { command });
  }
  const { quotaPercent, memoryBytes } = group;
  if (Number.isNaN(quotaPercent)) return fail('the kernel knows no CPU quota for it', { command });
  if (!(memoryBytes <= 2 ** 30)) {
    return fail(`the kernel’s memory limit of it is ${memoryBytes} bytes`, { command });
  }
  try {
    const { figure, throttled } = await withHog(site, group);
    const words =
      `a hog and the servers got ${figure} % of a core, quota ${quotaPercent} %, held back ` +
      `${throttled} times; memory limit ${memoryBytes / 2 ** 20} MB`;
    const rest = { command, figure, threshold: quotaPercent, unit: '% of one core' };
    return holds(figure <= quotaPercent * TOLERANCE && throttled > 0, words, rest);
  } catch (error) {
    return inconclusive(reasonOf(error), { command });
  }
}

async function withHog(site: Site, group: Group) {
  const hog = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  const pid = hog.pid ?? 0;
  try {
    writeFileSync(group.procs, String(pid));
    const before = group.look(pid);
    const startTick = performance.now();
    await pause(HOG_MS * site.pace, site.signal);
    const spanUs = 1000 * (performance.now() - startTick);
    const after = group.look(pid);
    const figure = Math.round((1000 * (after.usedUs - before.usedUs)) / spanUs) / 10;
    return { figure, throttled: after.throttled - before.throttled };
  } finally {
    hog.kill('SIGKILL');
  }
}
