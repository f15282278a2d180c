import { reasonOf } from '../errors.ts';
import { createVitals } from '../host/vitals.ts';
import { type Finding, holds, inconclusive } from './evidence.ts';
import { monitoringPid } from './kill.ts';
import { health, openServer, pause } from './running.ts';
import type { Site } from './site.ts';

/** What the monitoring server says of its own process; null: it has not measured it yet. */
interface Said {
  cpuPercent: number | null;
  memoryMb: number | null;
  withinLimits: boolean;
  /** Where it says so, when that was not the tool. */
  by?: string;
}

/** One look: the kernel’s figures, and what monitoring says, or why it says nothing. */
interface Look {
  seconds: number;
  cpuPercent: number;
  memoryMb: number;
  said: Said | string;
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
const TOOL = 'get_resource_usage';
const TOOL_MS = 3000;

function watch(site: Site): Promise<Look[]> {
  return site.once('usage', async () => {
    const pid = monitoringPid(site);
    if (pid === undefined) throw new Error('the mcp process is not seen by this user');
    const vitals = createVitals(pid);
    const monitoring = await openMonitoring(site);
    vitals();
    const everyMs = site.quick ? QUICK_EVERY_MS : EVERY_MS;
    const looks: Look[] = [];
    for (let at = 1; at <= LOOKS; at += 1) {
      await pause(Math.max(SHORTEST_MS, everyMs * site.pace), site.signal);
      const { cpuPercent, rssBytes, processes } = vitals();
      if (processes === 0) throw new Error(`the mcp process (pid ${pid}) ended meanwhile`);
      const memoryMb = Math.round(rssBytes / 2 ** 20);
      const cpu = Math.round((cpuPercent ?? 0) * 10) / 10;
      const seconds = (at * everyMs) / 1000;
      looks.push({ seconds, cpuPercent: cpu, memoryMb, said: await monitoring.ask() });
      site.progress(`${seconds} s: CPU ${cpu} %, memory ${memoryMb} MB`);
    }
    await monitoring.close();
    return looks;
  });
}

/** A session with the monitoring server; what goes wrong with it is its answer. */
async function openMonitoring(site: Site) {
  const opened = await openServer(site, 'monitoring').catch(reasonOf);
  if (typeof opened === 'string') return { ask: async () => opened, close: async () => {} };
  return {
    ask: () =>
      opened
        .call(TOOL, TOOL_MS)
        .then(saidOf)
        .catch((error: unknown) => whenRefused(site, reasonOf(error))),
    close: opened.close,
  };
}

/** Tools are held back under stress, which is when the dashboard still tells the same. */
async function whenRefused(site: Site, words: string): Promise<Said | string> {
  if (!words.startsWith('breaker_tripped')) return words;
  const {
    cpu_percent: cpuPercent,
    memory_mb: memoryMb,
    within_limits: withinLimits,
  } = (await health(site)).resource_limits;
  return { cpuPercent, memoryMb, withinLimits, by: `/health, for ${words.split('\n')[0]}` };
}

function saidOf(answer: Record<string, unknown>): Said {
  const { processes, withinLimits } = answer as {
    processes?: (Said & { name: string })[];
    withinLimits?: boolean;
  };
  const own = processes?.find(({ name }) => name === 'mcp');
  if (!own) throw new Error('its own process is not among them');
  const { cpuPercent, memoryMb } = own;
  return { cpuPercent, memoryMb, withinLimits: withinLimits === true };
}

/** CPU or memory of the servers over the plan's minute. */
export async function usageFinding(site: Site, what: 'cpu' | 'memory'): Promise<Finding> {
  const seconds = (LOOKS * (site.quick ? QUICK_EVERY_MS : EVERY_MS)) / 1000;
  const command = `${TOOL} and /proc of the mcp process, ${LOOKS} times in ${seconds} s`;
  let looks: Look[];
  try {
    looks = await watch(site);
  } catch (error) {
    return inconclusive(reasonOf(error), { command });
  }
  const values = looks.map((one) => (what === 'cpu' ? one.cpuPercent : one.memoryMb));
  const told = looks.flatMap(({ said }) => (typeof said === 'string' ? [] : said));
  const shown = told.flatMap((one) => (what === 'cpu' ? one.cpuPercent : one.memoryMb) ?? []);
  const threshold = what === 'cpu' ? CPU_PERCENT : MEMORY_MB;
  const unit = what === 'cpu' ? '% of one core' : 'MB';
  const figure = Math.max(...values, ...(what === 'memory' ? shown : []));
  const quick = site.quick ? ` (quick: ${seconds} s of the plan’s 60 s)` : '';
  const words =
    `at most ${figure} ${unit}, mean ${mean(values).toFixed(1)}; by its own word ` +
    `${shown.length > 0 ? `at most ${Math.max(...shown)}` : 'not known yet'}${quick}`;
  const output = looks.map(lineOf).join('\n');
  const rest = { command, output, figure, threshold, unit };
  // Between its rounds monitoring repeats itself: of CPU, one burst of it would look sustained.
  const isOver = sustained(values, threshold) || (what === 'memory' && sustained(shown, threshold));
  const silent = looks.find(({ said }) => typeof said === 'string')?.said;
  // Monitoring that cannot be asked is no evidence, though the kernel has nothing against it.
  if (!isOver && told.length === 0) return inconclusive(`${TOOL}: ${silent}; ${words}`, rest);
  return holds(!isOver, words, rest);
}

function lineOf({ seconds, cpuPercent, memoryMb, said }: Look): string {
  const kernel = `${seconds}s - CPU: ${cpuPercent}%, Memory: ${memoryMb}MB`;
  if (typeof said === 'string') return `${kernel}; monitoring: ${said}`;
  const own = `CPU: ${said.cpuPercent ?? 'unknown'}%, Memory: ${said.memoryMb ?? 'unknown'}MB`;
  const by = said.by === undefined ? '' : ` (${said.by})`;
  return `${kernel}; monitoring: ${own}, Within limits: ${said.withinLimits}${by}`;
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** A single look above the limit is a burst; several in a row, or the mean, are not. */
export function sustained(values: readonly number[], limit: number): boolean {
  const inARow = values.some((_, at) => {
    const some = values.slice(at, at + SUSTAINED);
    return some.length === SUSTAINED && some.every((value) => value >= limit);
  });
  return mean(values) >= limit || inARow;
}
