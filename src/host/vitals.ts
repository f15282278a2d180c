/**
 * CPU, memory and file descriptors straight from /proc: one tick costs some 0.1 ms, while tools
 * that start `ps` or `df` cost tens of milliseconds and block the loop.
 */
import { readdirSync, readFileSync, statfsSync } from 'node:fs';

/** Clock ticks a second in /proc/PID/stat: USER_HZ, 100 wherever Node runs on Linux. */
const TICKS_PER_SECOND = 100;

export interface ProcessReading {
  pid: number;
  parentPid: number;
  /** Ticks since boot; with the pid it names a process for good, as pids are used again. */
  startTicks: number;
  cpuSeconds: number;
  rssBytes: number;
  threads: number;
  /** null when this user may not look. */
  fds: number | null;
}

export interface HostReading {
  cpuBusySeconds: number;
  cpuTotalSeconds: number;
  memoryTotalBytes: number;
  memoryAvailableBytes: number;
}

/** undefined when there is no such process (any more). */
export function readProcess(pid: number, proc = '/proc'): ProcessReading | undefined {
  const stat = read(`${proc}/${pid}/stat`);
  const status = read(`${proc}/${pid}/status`);
  if (stat === undefined || status === undefined) return undefined;
  // The name may hold blanks and brackets; behind its last bracket begins the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parentPid: field(4),
    startTicks: field(22),
    cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
    // In kB whatever the page size; absent in a zombie.
    rssBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024,
    threads: field(20),
    fds: count(`${proc}/${pid}/fd`),
  };
}

/** The process and all its descendants; empty when it is gone. */
export function readTree(pid: number, proc = '/proc'): ProcessReading[] {
  const found: ProcessReading[] = [];
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const reading = readProcess(next, proc);
    if (!reading) continue;
    found.push(reading);
    waiting.push(...childrenOf(next, proc));
  }
  return found;
}

function childrenOf(pid: number, proc: string): number[] {
  const tasks = list(`${proc}/${pid}/task`);
  return tasks.flatMap((task) => {
    const children = read(`${proc}/${pid}/task/${task}/children`) ?? '';
    return children.split(' ').filter(Boolean).map(Number);
  });
}

export function readHost(proc = '/proc'): HostReading {
  const cpu = (read(`${proc}/stat`) ?? '').split('\n', 1)[0] ?? '';
  // user nice system idle iowait irq softirq steal; guest time is within user time already.
  const ticks = cpu.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  const memory = read(`${proc}/meminfo`) ?? '';
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0) * 1024;
  return {
    cpuBusySeconds: (total - idle) / TICKS_PER_SECOND,
    cpuTotalSeconds: total / TICKS_PER_SECOND,
    memoryTotalBytes: kilobytes('MemTotal'),
    memoryAvailableBytes: kilobytes('MemAvailable'),
  };
}

/** How many files this process may open; undefined when it is gone or unlimited. */
export function readFdLimit(pid: number, proc = '/proc'): number | undefined {
  const limits = read(`${proc}/${pid}/limits`) ?? '';
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** Of the file system that holds `path`, as a user without privileges sees it. */
export function readDisk(path: string): { totalBytes: number; freeBytes: number } | undefined {
  try {
    const stat = statfsSync(path);
    return { totalBytes: stat.blocks * stat.bsize, freeBytes: stat.bavail * stat.bsize };
  } catch {
    return undefined;
  }
}

export interface Vitals {
  /** Percent of one core since the previous sample, all processes of the tree; null at first. */
  cpuPercent: number | null;
  rssBytes: number;
  /** The same of the root process alone, without what it started. */
  rootCpuPercent: number | null;
  rootRssBytes: number;
  threads: number;
  fds: number;
  processes: number;
  /** Percent of all cores together; null at first. */
  hostCpuPercent: number | null;
  hostMemoryPercent: number;
}

/** The kernel counts in 10 ms: a shorter span would turn one tick into a burst. */
const SHORTEST_SPAN_MS = 200;

/** Samples a process tree and its host; each call answers for the span since the one before. */
export function createVitals(
  pid: number,
  nowMs: () => number = () => performance.now(),
  proc = '/proc',
): () => Vitals {
  let previous: { atMs: number; cpu: Map<string, number>; host: HostReading } | undefined;
  return () => {
    const atMs = nowMs();
    const tree = readTree(pid, proc);
    const host = readHost(proc);
    const cpu = new Map(tree.map((p) => [`${p.pid}@${p.startTicks}`, p.cpuSeconds]));
    const vitals = {
      ...sum(tree),
      ...hostShare(host, previous?.host),
      cpuPercent: null,
      rootCpuPercent: null,
      rootRssBytes: tree[0]?.rssBytes ?? 0,
    };
    if (previous && atMs - previous.atMs < SHORTEST_SPAN_MS) return vitals;
    const before = previous;
    previous = { atMs, cpu, host };
    if (!before) return vitals;
    const spanMs = atMs - before.atMs;
    const root = new Map([...cpu].slice(0, 1));
    return {
      ...vitals,
      cpuPercent: treePercent(cpu, before.cpu, spanMs),
      rootCpuPercent: treePercent(root, before.cpu, spanMs),
    };
  };
}

/** Per process, so that one that ended takes nothing off the others. */
function treePercent(now: Map<string, number>, before: Map<string, number>, spanMs: number) {
  let seconds = 0;
  for (const [key, value] of now) seconds += value - (before.get(key) ?? 0);
  return (100_000 * seconds) / spanMs;
}

function hostShare(now: HostReading, before: HostReading | undefined) {
  const total = before ? now.cpuTotalSeconds - before.cpuTotalSeconds : 0;
  const busy = before ? now.cpuBusySeconds - before.cpuBusySeconds : 0;
  const used = now.memoryTotalBytes - now.memoryAvailableBytes;
  return {
    hostCpuPercent: total > 0 ? (100 * busy) / total : null,
    hostMemoryPercent: now.memoryTotalBytes > 0 ? (100 * used) / now.memoryTotalBytes : 0,
  };
}

function sum(tree: readonly ProcessReading[]) {
  const total = { rssBytes: 0, threads: 0, fds: 0, processes: tree.length };
  for (const process of tree) {
    total.rssBytes += process.rssBytes;
    total.threads += process.threads;
    total.fds += process.fds ?? 0;
  }
  return total;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function count(path: string): number | null {
  try {
    return readdirSync(path).length;
  } catch {
    return null;
  }
}
