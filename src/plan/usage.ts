import { createVitals } from '../host/vitals.ts';
import { type Finding, holds, inconclusive } from './evidence.ts';
import { monitoringPid } from './kill.ts';
import { health, pause } from './running.ts';
import type { Site } from './site.ts';

/** One look: the kernel’s figures, and what monitoring says of itself. */
interface Look {
  seconds: number;
  cpuPercent: number;
  memoryMb: number;
  within: boolean;
}

/** The plan's watch: 60 seconds, every 5 seconds. */
const LOOKS = 12;
const EVERY_MS = 5000;
const QUICK_EVERY_MS = 1000;
/** Shorter spans tell nothing of CPU. */
const SHORTEST_MS = 205;
const CPU_PERCENT = 15;
const MEMORY_MB = 1024;
/** Above its limit so many looks in a row is no burst. */
const SUSTAINED = 3;

function watch(site: Site): Promise<Look[]> {
  return site.once('usage', async () => {
    const pid = monitoringPid(site);
    if (pid === undefined) throw new Error('the mcp process is not seen by this user');
    const vitals = createVitals(pid);
    vitals();
    const everyMs = site.quick ? QUICK_EVERY_MS : EVERY_MS;
    const looks: Look[] = [];
    for (let at = 1; at <= LOOKS; at += 1) {
      await pause(Math.max(SHORTEST_MS, everyMs * site.pace), site.signal);
      const { cpuPercent, rssBytes, processes } = vitals();
      if (processes === 0) throw new Error(`the mcp process (pid ${pid}) ended meanwhile`);
      const within = (await health(site)).resource_limits.within_limits;
      const memoryMb = Math.round(rssBytes / 2 ** 20);
      const cpu = Math.round((cpuPercent ?? 0) * 10) / 10;
      looks.push({ seconds: (at * everyMs) / 1000, cpuPercent: cpu, memoryMb, within });
      site.progress(`${(at * everyMs) / 1000} s: CPU ${cpu} %, memory ${memoryMb} MB`);
    }
    return looks;
  });
}

/** CPU or memory of the servers over the plan's minute. */
export async function usageFinding(site: Site, what: 'cpu' | 'memory'): Promise<Finding> {
  const seconds = (LOOKS * (site.quick ? QUICK_EVERY_MS : EVERY_MS)) / 1000;
  const command = `/proc of the mcp process and GET /health, ${LOOKS} times in ${seconds} s`;
  let looks: Look[];
  try {
    looks = await watch(site);
  } catch (error) {
    return inconclusive(error instanceof Error ? error.message : String(error), { command });
  }
  const output = looks
    .map(
      (one) =>
        `${one.seconds}s - CPU: ${one.cpuPercent}%, Memory: ${one.memoryMb}MB, ` +
        `Within limits: ${one.within}`,
    )
    .join('\n');
  const values = looks.map((one) => (what === 'cpu' ? one.cpuPercent : one.memoryMb));
  const threshold = what === 'cpu' ? CPU_PERCENT : MEMORY_MB;
  const unit = what === 'cpu' ? '% of one core' : 'MB';
  const figure = Math.max(...values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const quick = site.quick ? ` (quick: ${seconds} s of the plan’s 60 s)` : '';
  const words = `at most ${figure} ${unit}, mean ${mean.toFixed(1)}${quick}`;
  const rest = { command, output, figure, threshold, unit };
  return holds(!sustained(values, threshold), words, rest);
}

/** A single look above the limit is a burst; several in a row, or the mean, are not. */
export function sustained(values: readonly number[], limit: number): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const inARow = values.some((_, at) => {
    const some = values.slice(at, at + SUSTAINED);
    return some.length === SUSTAINED && some.every((value) => value >= limit);
  });
  return mean >= limit || inARow;
}
