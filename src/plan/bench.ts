import { join } from 'node:path';
import { type Finding, fail, inconclusive, type PerformanceRow, type Result } from './evidence.ts';
import { documentOf, type Ended, excerpt, runPmcp } from './program.ts';
import type { Site } from './site.ts';

/** The parts of a bench report that the plan's table is made of. */
interface Judged {
  name: string;
  interval: { estimate: number | null };
  most: number;
  status: Result;
}
interface Row {
  metric: string;
  without: string;
  with: string;
  maxAllowable: string;
  status: Result;
  judged: [Judged, ...Judged[]];
}

/** A quick run measures as long as it takes to see something, and seldom enough to tell. */
const QUICK_SECONDS = 40;
const STARTUP_MS = 120_000;

/** A machine that needs longer than this to tell anything is not asked to. */
const LONGEST_SECONDS = 1800;

interface BenchRun {
  ended: Ended;
  seconds: number;
  rows: Row[];
  status: Result | undefined;
  message: string;
  /** What same against same said. */
  control: { precise: boolean; neededSeconds: number | null } | undefined;
}

/**
 * `pmcp bench --with-mcp` of the plan's length, or as long as it says that this machine needs. One
 * that was long enough for both phases serves both, and so does a quick one.
 */
async function bench(site: Site, planSeconds: number): Promise<BenchRun> {
  const seconds = site.quick ? QUICK_SECONDS : planSeconds;
  const runs = await site.once('benches', async (): Promise<BenchRun[]> => []);
  const known = runs.find((run) => run.seconds >= seconds && run.rows.length > 0);
  if (known) return known;
  return site.once(`bench ${seconds}`, async () => {
    const first = await runBench(site, seconds);
    const longer = site.quick ? undefined : neededSeconds(first);
    if (longer !== undefined) site.progress(`too noisy for ${seconds} s: once more, ${longer} s`);
    const run = longer === undefined ? first : await runBench(site, longer);
    runs.push(run);
    return run;
  });
}

/** What it would take instead; undefined when it was long enough, or nothing would be. */
function neededSeconds({ seconds, control }: BenchRun): number | undefined {
  if (!control || control.precise || control.neededSeconds === null) return undefined;
  const needed = 60 * Math.ceil((seconds + control.neededSeconds) / 60);
  return needed <= LONGEST_SECONDS ? needed : undefined;
}

async function runBench(site: Site, seconds: number): Promise<BenchRun> {
  const block = site.quick ? ['--block', '0.5'] : [];
  const args = ['bench', '--with-mcp', '--duration', String(seconds), ...block, '--json'];
  const dataDir = site.selfStarted ? join(site.scratch, 'bench') : site.dataDir;
  const timeoutMs = seconds * 1000 + STARTUP_MS;
  const ended = await runPmcp(site, args, { env: { DATA_DIR: dataDir }, timeoutMs, talks: true });
  const document = documentOf(ended) ?? {};
  const { rows, status, message, control } = document as Partial<Omit<BenchRun, 'control'>> & {
    control?: { result?: BenchRun['control'] };
  };
  const words =
    ended.problem ?? message ?? errorWords(document)?.split('\n')[0] ?? `exit code ${ended.code}`;
  return { ended, seconds, rows: rows ?? [], status, message: words, control: control?.result };
}

function errorWords(document: Record<string, unknown>): string | undefined {
  const { error } = document as { error?: { message?: string } };
  return error?.message;
}

function lengthWords(site: Site, planSeconds: number, { seconds }: BenchRun): string {
  if (seconds === planSeconds) return '';
  const what = site.quick ? 'quick: ' : 'noisy machine: ';
  return ` (${what}${seconds} s ${site.quick ? 'of' : 'instead of'} the plan’s ${planSeconds} s)`;
}

/** One row of the plan's table. */
export async function benchFinding(
  site: Site,
  planSeconds: number,
  metric: string,
): Promise<Finding> {
  const run = await bench(site, planSeconds);
  const { ended, rows, message } = run;
  const length = lengthWords(site, planSeconds, run);
  const row = rows.find((one) => one.metric === metric);
  const rest = { command: ended.command };
  if (!row) return inconclusive(`${message}${length}`, { ...rest, output: excerpt(ended) });
  const telling = row.judged.find(({ status }) => status === row.status) ?? row.judged[0];
  const { estimate = null } = telling?.interval ?? {};
  return {
    result: row.status,
    detail: `${row.without} without, ${row.with} with, allowed ${row.maxAllowable}${length}`,
    ...rest,
    output: row.judged.map((one) => `${one.name}: ${JSON.stringify(one.interval)}`).join('\n'),
    ...(estimate !== null && { figure: estimate, threshold: telling.most }),
    unit: telling.name,
    performance: performanceOf(row),
  };
}

/** All rows together. */
export async function benchVerdict(site: Site, planSeconds: number): Promise<Finding> {
  const run = await bench(site, planSeconds);
  const { ended, rows, status, message } = run;
  const rest = {
    command: ended.command,
    output: rows.map((row) => `${row.metric}: ${row.status}`).join('\n') || excerpt(ended),
  };
  const words = `${message}${lengthWords(site, planSeconds, run)}`;
  if (status === 'FAIL') {
    const over = rows.filter((row) => row.status === 'FAIL').map((row) => row.metric);
    return fail(`over budget: ${over.join(', ')}. ${words}`, rest);
  }
  return status === 'PASS' ? { result: 'PASS', detail: words, ...rest } : inconclusive(words, rest);
}

function performanceOf({ metric, without, with: withMcp, judged, status }: Row): PerformanceRow {
  return {
    metric: metric === 'Memory' || metric === 'CPU' ? `${metric} usage` : metric,
    baseline: without,
    withMcp,
    change: changeWords(judged[0]),
    result: status,
  };
}

function changeWords({ name, interval: { estimate } }: Judged): string {
  if (estimate === null) return 'not known';
  const sign = (value: number, digits: number) => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
  if (name.includes('MB')) return `${sign(estimate, 1)} MB`;
  if (name.includes('points')) return `${sign(estimate, 2)} points`;
  return `${sign(100 * (estimate - 1), 1)} %`;
}
