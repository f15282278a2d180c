import type { Task } from '../src/bench/benchmark.ts';
import { type TextTable, tablesOf } from '../src/bench/report/tables.ts';
import { markdownOf } from '../src/bench/report/write.ts';
import type { BenchReport } from '../src/bench/result.ts';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';
import { draw } from '../src/screen/spans.ts';
import { table } from '../src/screen/table.ts';

const COMPONENT_NAMES = [
  'trading',
  'core',
  'journal',
  'signer',
  'search',
  'health',
  'metrics',
  'daemon',
  'mcp',
  'startup',
  'replay',
  'exchange',
] as const;

export default defineCommand({
  name: 'bench',
  summary: 'what the mcp process costs trading, and each part beside its peers',
  description: `With --with-mcp: the real bot and the real paper exchange under a load at a fixed rate, in blocks of
time without the mcp process, with it idle, and with it busy, in drawn order. Latency counts from the
moment a fill was meant to appear, so that no stall can hide. First the same is compared with the
same: a machine that is too noisy for the asked precision is told so, and how long a run it would
take. Every verdict comes from a 95 % interval against its budget: PASS, FAIL or INCONCLUSIVE.

With a component: that part beside its peer and its physical limit, in turns, as ratios.
With scale: what an operation costs as wallets, positions, journal, sessions and dashboards grow.
With all: everything, one after the other, in about twenty minutes on a machine left alone.

Reports are kept in DATA_DIR/bench. Exit code 0 is PASS, 1 FAIL, 4 cannot be told.`,
  examples: [
    'pmcp bench --with-mcp',
    'pmcp bench --with-mcp --duration 900 --report impact.html --export csv',
    'pmcp bench core',
    'pmcp bench signer --compare data/bench/2026-01-01T00-00-00-000Z-signer.json',
    'pmcp bench scale --quick',
    'pmcp bench all --markdown > docs/benchmarks.md',
  ],
  arguments: [
    {
      name: '[what]',
      summary: `${COMPONENT_NAMES.join(', ')}, scale, or all`,
      choices: [...COMPONENT_NAMES, 'scale', 'all'],
    },
  ],
  options: [
    { flags: '--with-mcp', summary: 'compare trading with and without the mcp process' },
    {
      flags: '--duration <seconds>',
      summary: 'of the comparison',
      parse: 'seconds',
      defaultValue: 300,
    },
    {
      flags: '--rate <per-second>',
      summary: 'fills of leaders to copy',
      parse: 'number',
      defaultValue: 60,
    },
    {
      flags: '--others <per-second>',
      summary: 'fills of wallets nobody follows',
      parse: 'number',
      defaultValue: 200,
    },
    {
      flags: '--block <seconds>',
      summary: 'length of a block (default: duration / 300)',
      parse: 'seconds',
    },
    {
      flags: '--precision <percent>',
      summary: 'half width of the latency’s interval to be reached',
      parse: 'number',
      defaultValue: 5,
    },
    {
      flags: '--rounds <number>',
      summary: 'of a component or of scale',
      parse: 'integer',
      defaultValue: 15,
    },
    {
      flags: '--most <size>',
      summary: 'scale: leave out larger sizes; 10000000 takes minutes and 6 GB of disk for a while',
      parse: 'integer',
      defaultValue: 10_000_000,
    },
    { flags: '--quick', summary: 'few rounds and small sizes: whether it works, not how fast' },
    {
      flags: '--seed <number>',
      summary: 'of order, load and intervals',
      parse: 'integer',
      defaultValue: 1,
    },
    { flags: '--report <file>', summary: 'write a page with plots' },
    { flags: '--export <format>', summary: 'write readings beside the report', choices: ['csv'] },
    { flags: '--compare <file>', summary: 'an earlier report to compare with' },
    { flags: '--markdown', summary: 'print Markdown' },
    { flags: '--keep', summary: 'leave logs and journal of the run in place' },
  ],
  async run(options, context): Promise<Outcome> {
    const task = taskOf(options);
    const quick = options['quick'] === true;
    const { benchmark } = await import('../src/bench/benchmark.ts');
    const { VERSION } = await import('../src/version.ts');
    const [command = process.execPath, script = ''] = process.argv;
    const { report, exitCode } = await benchmark({
      task,
      self: { command, args: [...process.execArgv, script] },
      version: VERSION,
      dataDir: await context.dataDir(),
      signal: context.signal,
      onProgress: context.out.note,
      durationSeconds: above(options, 'duration', 5),
      blockSeconds: options['block'] === undefined ? undefined : above(options, 'block', 0.2),
      rate: above(options, 'rate', 0.1),
      others: above(options, 'others', 0),
      precision: above(options, 'precision', 0.01) / 100,
      rounds: Math.min(above(options, 'rounds', 1), quick ? 5 : Infinity),
      seed: Number(options['seed']),
      most: Math.min(above(options, 'most', 25), quick ? 10_000 : Infinity),
      keep: options['keep'] === true,
      ...(typeof options['report'] === 'string' && { reportFile: options['report'] }),
      ...(typeof options['compare'] === 'string' && { compareFile: options['compare'] }),
      csv: options['export'] === 'csv',
    });
    await note(report, await context.dataDir());
    const markdown = options['markdown'] === true;
    return { schema: 'pmcp.bench', version: 1, data: { ...report, markdown }, exitCode };
  },
  render({ data }, paint) {
    const { markdown, ...report } = data as BenchReport & { markdown: boolean };
    if (markdown) return markdownOf(report).trimEnd();
    const tables = tablesOf(report).map((one) => drawn(one, paint));
    return [...tables, toneOf(report.status, paint)].join('\n\n');
  },
});

/** Into the history of the monitor, where there is one: a mark on every chart. */
async function note(report: BenchReport, dataDir: string): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { pathsOf } = await import('../src/state/paths.ts');
  if (!existsSync(pathsOf(dataDir).monitor)) return;
  const { operateAlerts } = await import('../src/observe/alerts/operate.ts');
  const what = report.kind === 'component' ? report.name : report.kind;
  const args = { kind: 'bench', detail: `benchmark ${what}: ${report.status}` };
  await operateAlerts({ dataDir, verb: 'history.mark', args, nowMs: Date.now() });
}

function drawn({ title, head, rows, notes }: TextTable, paint: Paint): string {
  const columns = head.map((name, index) => ({
    title: name,
    cell: (row: string[]) => row[index] ?? '',
    tone: (row: string[]) => TONES[row[index] ?? ''],
  }));
  const lines = table(columns, rows).map((spans) => draw(spans, paint));
  return [paint.strong(title), ...(rows.length > 0 ? lines : []), ...notes].join('\n');
}

const TONES: Readonly<Record<string, keyof Paint>> = {
  PASS: 'good',
  FAIL: 'bad',
  INCONCLUSIVE: 'warn',
};

function toneOf(status: string, paint: Paint): string {
  return paint[TONES[status] ?? 'strong'](status);
}

function taskOf(options: Options): Task {
  const { what } = options;
  if (what === 'all') return { kind: 'all' };
  const withMcp = options['withMcp'] === true;
  if (withMcp === (what !== undefined)) {
    throw new UsageError('pmcp bench: say what to measure: --with-mcp or one part', {
      hint: `Parts: ${COMPONENT_NAMES.join(', ')}, scale, all.`,
    });
  }
  if (withMcp) return { kind: 'impact' };
  return what === 'scale' ? { kind: 'scale' } : { kind: 'component', name: String(what) };
}

function above(options: Options, name: string, least: number): number {
  const value = Number(options[name]);
  if (value >= least) return value;
  throw new UsageError(`--${name}: ${value} is below ${least}`);
}
