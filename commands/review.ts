import { join, resolve } from 'node:path';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import type { Target } from '../src/core/validation.ts';
import { UsageError } from '../src/errors.ts';
import { type CheckRecord, PARTS, type Part } from '../src/plan/review/facts.ts';
import type { Review } from '../src/plan/review/review.ts';

interface Looked {
  checks: CheckRecord[];
}

interface Reviewed extends Review {
  files: string[];
}

export default defineCommand({
  name: 'review',
  summary: 'look at a running installation now, or review a week after a release',
  description: `With --now: what the timers do. The MCP servers, health and metrics; the resources; new errors in
the logs; breaker trips. Each look is kept in DATA_DIR/reviews. Exit code 0: all is well, 1: it is
not, 4: it could not be told.

With --week: the review of that week since the release, from the monitor's history, as Markdown, a
page with charts, and a patch. Every week has the summary of what was monitored. Week 2 compares
latency and memory before and after the release and proposes limits; week 3 and later propose
intervals and thresholds. Nothing changes by itself: the patch is for the operator to apply, and no
proposal loosens a limit that guards money. Exit code 4: not enough is known, or the week is not over.`,
  examples: [
    'pmcp review --now',
    'pmcp review --now --only servers logs --json',
    'pmcp review --week 2',
    'pmcp review --week last --output /srv/reviews',
    'patch -p1 -d /opt/polymarket-copy-bot/shared/config < data/reviews/week-3.patch',
  ],
  options: [
    { flags: '--now', summary: 'look at the installation as it is' },
    { flags: '--only <part...>', summary: 'with --now: these parts', choices: PARTS },
    { flags: '--week <number>', summary: 'a week since the release, from 1, or last' },
    {
      flags: '--release-at <moment>',
      summary: 'count weeks from this moment (ISO) and not from the release on record',
    },
    { flags: '--output <directory>', summary: 'where it is written (default: DATA_DIR/reviews)' },
  ],
  async run(options, context): Promise<Outcome> {
    const { now, week, only } = options;
    if ((now === true) === (week !== undefined)) {
      throw new UsageError('pmcp review: say which: either --now or --week <number>');
    }
    if (now === true) {
      return look(context, (only as Part[] | undefined) ?? PARTS);
    }
    if (only !== undefined) throw new UsageError('--only: belongs to --now');
    return write(context, weekNumber(String(week)), options);
  },
  render({ data }, paint) {
    return 'checks' in data
      ? lookWords(data as Looked, paint)
      : reviewWords(data as Reviewed, paint);
  },
});

function weekNumber(text: string): number | 'last' {
  if (text === 'last') return 'last';
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number >= 1) return number;
  throw new UsageError(
    `--week: ${JSON.stringify(text)} is not the number of a week, from 1, or last`,
  );
}

async function look(context: Context, parts: readonly Part[]): Promise<Outcome<Looked>> {
  const { exitCodeOf } = await import('../src/plan/review/now.ts');
  const { keepCheck, readChecks } = await import('../src/plan/review/checks-file.ts');
  const config = await context.config();
  const target: Target = config.ENVIRONMENT === 'production' ? 'production' : 'staging';
  const directory = join(await context.dataDir(), 'reviews');
  const before = readChecks(directory);
  const checks: CheckRecord[] = [];
  for (const part of parts) {
    const record = await lookAt(context, part, { before, target });
    context.signal.throwIfAborted();
    keepCheck(directory, record);
    checks.push(record);
  }
  return { schema: 'pmcp.review-now', version: 1, data: { checks }, exitCode: exitCodeOf(checks) };
}

interface Looking {
  before: readonly CheckRecord[];
  target: Target;
}

async function lookAt(
  context: Context,
  part: Part,
  { before, target }: Looking,
): Promise<CheckRecord> {
  const { belongsTo, lastLookMs, newTrips, recordOf } = await import('../src/plan/review/now.ts');
  const dataDir = await context.dataDir();
  const atMs = context.clock.now();
  const sinceMs = lastLookMs(before, part, atMs);
  if (part === 'logs') return recordOf(part, await newErrors(context, sinceMs), { atMs, target });
  const { validate } = await import('../src/observe/validate/validate.ts');
  const { VERSION } = await import('../src/version.ts');
  const at = {
    config: await context.config(),
    target,
    socketPath: join(dataDir, 'run', 'status.sock'),
    release: VERSION,
    signal: context.signal,
    sampleMs: 1000,
  };
  const { checks } = await validate(at, {
    postDeploy: false,
    only: (name) => belongsTo(part, name),
    onStart: () => {},
    onEnd: () => {},
  });
  if (part !== 'breakers') return recordOf(part, checks, { atMs, target });
  const { readAllMarks } = await import('../src/observe/history/read.ts');
  const { pathsOf } = await import('../src/state/paths.ts');
  const trips = await attempt('trips since the last look', () =>
    newTrips(readAllMarks(pathsOf(dataDir).monitor, atMs), sinceMs),
  );
  return recordOf(part, [...checks, trips], { atMs, target });
}

/** What cannot be read is a finding, not the end of the look. */
async function attempt<T extends object>(name: string, read: () => T) {
  const { reasonOf } = await import('../src/errors.ts');
  try {
    return read();
  } catch (error) {
    return { name, result: 'unknown' as const, detail: reasonOf(error) };
  }
}

async function newErrors(context: Context, sinceMs: number) {
  const { errorGroups } = await import('../src/plan/review/now.ts');
  const { findLogs, showLogs } = await import('../src/observe/logs.ts');
  const directory = join(await context.dataDir(), 'logs');
  const sources = await findLogs(directory);
  if (sources.files.length + sources.units.length === 0) {
    const detail = `${directory} is empty, and no unit of ours is installed`;
    return [{ name: 'logs', result: 'unknown' as const, detail }];
  }
  const { createRedact, redactDeep } = await import('../src/core/redact.ts');
  const { secretValues } = await import('../src/config/secret.ts');
  const secrets = secretValues(await context.config());
  const redact = createRedact({ secrets, env: process.env });
  const lines: Parameters<typeof errorGroups>[0][number][] = [];
  const query = {
    process: undefined,
    level: 'warn' as const,
    sinceMs,
    lines: 100_000,
    follow: false,
  };
  await showLogs(directory, sources, query, context.signal, (line) => {
    lines.push(redactDeep(line, redact));
  });
  return errorGroups(lines);
}

async function write(
  context: Context,
  number: number | 'last',
  options: Options,
): Promise<Outcome<Reviewed>> {
  const { gatherWeek } = await import('../src/review-record.ts');
  const { reviewWeek } = await import('../src/plan/review/review.ts');
  const { writeReview } = await import('../src/plan/review/write.ts');
  const { loadWithOrigins } = await import('../src/config/load.ts');
  const { config, origins, files: envFiles } = loadWithOrigins({ flags: context.flags });
  const dataDir = await context.dataDir();
  const input = await gatherWeek({
    config,
    origins,
    dataDir,
    nowMs: context.clock.now(),
    week: number,
    releaseAt: options['releaseAt'],
  });
  const { readLines } = await import('../src/plan/review/env-lines.ts');
  const own = `.env.${config.ENVIRONMENT}`;
  const newFile = envFiles.includes(own) ? own : '.env';
  const written = reviewWeek(input, newFile, readLines(process.cwd()));
  const { output } = options;
  const directory = typeof output === 'string' ? resolve(output) : join(dataDir, 'reviews');
  const data = { ...written.review, files: writeReview(directory, written) };
  const exitCode = data.partial === null ? 0 : 4;
  return { schema: 'pmcp.review', version: 1, data, exitCode };
}

const TONES: Record<CheckRecord['result'], keyof Paint> = {
  passed: 'good',
  failed: 'bad',
  unknown: 'warn',
};

function lookWords({ checks }: Looked, paint: Paint): string {
  const lines = checks.flatMap(({ part, result, findings }) => [
    `${part.padEnd(10)} ${paint[TONES[result]](result)}`,
    ...findings.map((words) => `  ${words}`),
  ]);
  return lines.join('\n');
}

function reviewWords(review: Reviewed, paint: Paint): string {
  const { week, release, hoursSeen, hoursOf, partial, proposals, advice, files } = review;
  const seen = `week ${week} since ${release}: ${hoursSeen} of ${hoursOf} hours seen`;
  const lines = [
    partial === null ? seen : `${seen}, ${paint.warn(`partial: ${partial}`)}`,
    ...proposals.map(
      ({ key, from, to, reason }) => `  ${paint.strong(key)} ${from} to ${to}: ${reason}`,
    ),
    ...advice.map(({ topic, words }) => `  ${topic}: ${words}`),
    ...files.map((path) => paint.dim(path)),
  ];
  return lines.join('\n');
}
