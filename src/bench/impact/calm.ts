import { pause } from '../program.ts';
import { cpuPercents } from '../usage.ts';
import type { ImpactOptions } from './run.ts';
import { type Stand, startLoad } from './stand.ts';

/** The whole public feed of a quiet hour, and more copies than anybody makes all day. */
export const CALM = { copiesPerSecond: 1, othersPerSecond: 33 };
const CALM_SPANS = 12;

/** A fifth of the run, half a minute at least: the kernel counts CPU time in hundredths of a second. */
export function calmSeconds(durationSeconds: number): number {
  return Math.max(30, durationSeconds / 5);
}

/** Its start is over, and what it reads of the bot is what a real feed brings. */
export async function calmCpu(
  { durationSeconds, seed, signal, onProgress }: ImpactOptions,
  stand: Stand,
): Promise<number[]> {
  onProgress('CPU of the mcp process beside a calm feed');
  await startLoad(stand.exchangeUrl, { ...CALM, seed });
  await stand.startMcp();
  const seconds = calmSeconds(durationSeconds);
  await pause((1000 * seconds) / 4, signal);
  const spans = { spans: CALM_SPANS, seconds: (0.75 * seconds) / CALM_SPANS, signal };
  const percents = await cpuPercents(stand.mcpPid() ?? 0, spans);
  await stand.stopMcp();
  return percents;
}
