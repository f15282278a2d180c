import { readProcess, readTree } from '../host/vitals.ts';
import { pause } from './program.ts';

export interface Usage {
  cpuSeconds: number;
  rssMb: number;
}

/** Of a process and all it started; nothing when there is none. */
export function usageOf(pid: number | undefined): Usage {
  const tree = pid === undefined ? [] : readTree(pid);
  return {
    cpuSeconds: tree.reduce((sum, one) => sum + one.cpuSeconds, 0),
    rssMb: tree.reduce((sum, one) => sum + one.rssBytes, 0) / 1e6,
  };
}

export function rssMbOf(pid: number): number {
  return (readProcess(pid)?.rssBytes ?? Number.NaN) / 1e6;
}

/** Percent of one core over spans of time; the kernel counts in 10 ms. */
export async function cpuPercents(
  pid: number,
  { spans, seconds, signal }: { spans: number; seconds: number; signal: AbortSignal },
): Promise<number[]> {
  const percents: number[] = [];
  for (let span = 0; span < spans; span += 1) {
    const [before, tick] = [usageOf(pid).cpuSeconds, performance.now()];
    await pause(seconds * 1000, signal);
    const spent = usageOf(pid).cpuSeconds - before;
    percents.push((100 * spent) / ((performance.now() - tick) / 1000));
  }
  return percents;
}
