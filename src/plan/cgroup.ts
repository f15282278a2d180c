import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, fail, holds, inconclusive } from './evidence.ts';
import { pause } from './running.ts';
import type { Site } from './site.ts';

const UNIT = 'polymarket-mcp.service';
const HOG_MS = 5000;
/** The kernel hands out CPU in periods of 100 ms: a few of them more or less are no breach. */
const TOLERANCE = 1.2;

/** Directory of the unit's control group. */
function controlGroup(root: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['show', UNIT, '--property=ControlGroup', '--value'];
    execFile('systemctl', args, { timeout: 5000 }, (error, stdout) => {
      const path = stdout.trim();
      if (error) reject(error);
      else if (path === '' || path === '/') reject(new Error(`${UNIT} does not run`));
      else resolve(join(root, path));
    });
  });
}

function cpuStat(directory: string) {
  const text = readFileSync(join(directory, 'cpu.stat'), 'utf8');
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { usedUs: value('usage_usec'), throttled: value('nr_throttled') };
}

/**
 * Starts a process that wants a whole core, moves it into the unit's own control group, and sees
 * that the kernel gives the group no more than its quota. The memory limit is read from the kernel:
 * filling it would end the service.
 */
export async function enforcement(site: Site): Promise<Finding> {
  const command = `a busy loop in the control group of ${UNIT}`;
  let directory: string;
  let quotaPercent: number;
  try {
    directory = await controlGroup(site.cgroups);
    const [quota = 'max', period = '100000'] = readFileSync(join(directory, 'cpu.max'), 'utf8')
      .trim()
      .split(' ');
    quotaPercent = (100 * Number(quota)) / Number(period);
  } catch (error) {
    return inconclusive(String(error), { command });
  }
  const memory = readFileSync(join(directory, 'memory.max'), 'utf8').trim();
  if (Number.isNaN(quotaPercent)) return fail('the kernel knows no CPU quota for it', { command });
  if (!(Number(memory) <= 2 ** 30)) {
    return fail(`the kernel’s memory.max of it is ${memory}`, { command });
  }
  const hog = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    writeFileSync(join(directory, 'cgroup.procs'), String(hog.pid));
    const before = cpuStat(directory);
    const startTick = performance.now();
    await pause(HOG_MS * site.pace, site.signal);
    const spanUs = 1000 * (performance.now() - startTick);
    const after = cpuStat(directory);
    const figure = Math.round((1000 * (after.usedUs - before.usedUs)) / spanUs) / 10;
    const throttled = after.throttled - before.throttled;
    const words =
      `${figure} % of a core for a hog and the servers, quota ${quotaPercent} %, ` +
      `throttled ${throttled} times; memory.max ${memory}`;
    const rest = { command, figure, threshold: quotaPercent, unit: '% of one core' };
    return holds(figure <= quotaPercent * TOLERANCE && throttled > 0, words, rest);
  } catch (error) {
    return inconclusive(String(error), { command });
  } finally {
    hog.kill('SIGKILL');
  }
}
