import { resolve } from 'node:path';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import type { Target } from '../src/core/validation.ts';
import { UsageError } from '../src/errors.ts';
import type { Report } from '../src/plan/report/model.ts';
import type { Allowance } from '../src/plan/site.ts';
import type { PhaseNumber } from '../src/plan/words.ts';

export default defineCommand({
  name: 'verify',
  summary: 'work through the integration test plan: ready or not',
  description: `Makes every check of the plan’s eight phases in order, against the bot and the mcp process that run
here, or against an installation of its own: paper exchange, bot and mcp on free ports, in a
directory that is removed afterwards. Evidence of each check is kept in DATA_DIR/verify/<run> as
soon as it is known; \`pmcp report\` makes the report from it.

A release holds no tests: what needs them is taken from verified.json, which is packed with it. Write
it in the checkout that is released, after its last commit: the example with verified.json.

Nothing that runs is touched unless a flag allows it. A required check that fails or is skipped makes
the verdict NOT READY.

Exit code 0: READY. 1: NOT READY. 4: a check could not be told. 130: interrupted, go on with
--resume.`,
  examples: [
    'pmcp verify',
    'pmcp verify --quick',
    'pmcp verify --phase 1 2 8 && pmcp report --format json --out verified.json',
    'pmcp verify --phase 2 --phase 4',
    'pmcp verify --production --allow-load',
    'pmcp verify --staging --allow-kill --rehearse-rollback',
    'pmcp verify --resume && pmcp report --format html --out report.html',
  ],
  options: [
    { flags: '--staging', summary: 'with the configuration of staging (the default)' },
    { flags: '--production', summary: 'what runs in production; it is only looked at' },
    { flags: '--phase <number...>', summary: 'only these phases, 1 to 8' },
    { flags: '--quick', summary: 'shorter measurements than the plan’s; the report says so' },
    { flags: '--resume', summary: 'go on with the newest run: what passed is not made again' },
    { flags: '--own', summary: 'start an installation of its own even where one runs' },
    { flags: '--allow-kill', summary: 'phase 5 may kill the monitoring process that runs here' },
    { flags: '--allow-load', summary: 'phases 3 and 8 may load a production host with the bench' },
    { flags: '--allow-hog', summary: 'phase 6 may burn CPU in the mcp unit in production' },
    { flags: '--rehearse-rollback', summary: 'phase 7 rolls back for real; staging only' },
    { flags: '--recorded <file>', summary: 'JSON report with what needs sources, for a release' },
    {
      flags: '--root <directory>',
      summary: 'where the installation is on this host',
      defaultValue: '/opt/polymarket-copy-bot',
    },
  ],
  async run(options, context): Promise<Outcome> {
    const target = targetOf(options);
    const phases = phasesOf(options['phase']);
    const { verify } = await import('../src/plan/verify.ts');
    const { reportOf } = await import('../src/plan/report/model.ts');
    const { EXIT_CODES } = await import('../src/plan/verdict.ts');
    const { VERSION } = await import('../src/version.ts');
    const screen = await screenOf(context);
    const [command = process.execPath, script = ''] = process.argv;
    const { flags, signal } = context;
    try {
      const verified = await verify({
        ...{ target, phases, signal, ...screen },
        flags: { env: target, dataDir: flags.dataDir },
        self: { command, args: [...process.execArgv, script] },
        quick: options['quick'] === true,
        resume: options['resume'] === true,
        wantsOwn: options['own'] === true,
        allowed: allowedOf(options, target),
        pace: 1,
        cgroups: '/sys/fs/cgroup',
        installation: resolve(String(options['root'])),
        recordedFile: options['recorded'] === undefined ? undefined : String(options['recorded']),
        dataDir: await context.dataDir(),
        pmcpVersion: VERSION,
      });
      const report = reportOf(verified.meta, verified.evidence);
      const data = { ...report, directory: verified.directory };
      return { schema: 'pmcp.verify', version: 1, data, exitCode: EXIT_CODES[report.verdict] };
    } finally {
      screen.close();
    }
  },
  render({ data }, paint) {
    return verdictWords(data as Report & { directory: string }, paint);
  },
});

function targetOf({ staging, production }: Options): Target {
  if (staging === true && production === true) {
    throw new UsageError('verify either --staging or --production');
  }
  return production === true ? 'production' : 'staging';
}

function phasesOf(given: unknown): PhaseNumber[] {
  const words = Array.isArray(given) ? given : [];
  const wrong = words.find((word) => !/^[1-8]$/.test(String(word)));
  if (wrong === undefined) return words.map(Number) as PhaseNumber[];
  throw new UsageError(`--phase: ${JSON.stringify(wrong)} is no phase`, { hint: '1 to 8.' });
}

function allowedOf(options: Options, target: Target): Set<Allowance> {
  if (options['rehearseRollback'] === true && target === 'production') {
    throw new UsageError('a rollback is rehearsed on staging only', {
      hint: 'Leave out --rehearse-rollback, or verify --staging.',
    });
  }
  const flags = { kill: 'allowKill', load: 'allowLoad', hog: 'allowHog' } as const;
  const allowed = Object.entries(flags).filter(([, flag]) => options[flag] === true);
  const names = allowed.map(([name]) => name as Allowance);
  return new Set(options['rehearseRollback'] === true ? [...names, 'rollback'] : names);
}

/** Progress on stdout for people; on stderr when stdout is a document. */
async function screenOf({ flags }: Context) {
  const { createCheckList } = await import('../src/screen/check-list.ts');
  const { paintFor } = await import('../src/screen/paint.ts');
  const { PHASES } = await import('../src/plan/words.ts');
  type Verify = Parameters<typeof import('../src/plan/verify.ts')['verify']>[0];
  const stream = flags.json ? process.stderr : process.stdout;
  const list = createCheckList(stream, paintFor(stream, flags));
  let phase = 0;
  const head = (next: number) => {
    if (next === phase) return;
    phase = next;
    list.heading(`Phase ${next}: ${PHASES[next - 1]?.title}`);
  };
  const onStart: Verify['onStart'] = (check) => {
    head(check.phase);
    list.begin(check.title);
  };
  const onEnd: Verify['onEnd'] = (check, evidence, isEarlier) => {
    head(check.phase);
    const { id, title } = check;
    const { result, durationMs } = evidence;
    const detail = isEarlier ? `${evidence.detail} (before)` : evidence.detail;
    const fix = result === 'FAIL' ? check.fix : undefined;
    list.end({ id, title, result, detail, durationMs, fix });
  };
  return { onStart, onEnd, progress: list.progress, close: list.close };
}

function verdictWords(report: Report & { directory: string }, paint: Paint): string {
  const { verdict, counts, blockers, partial, run, directory } = report;
  const tone = { READY: paint.good, 'NOT READY': paint.bad, INCONCLUSIVE: paint.warn }[verdict];
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  const parts = partial ? ` (phases ${run.phases.join(', ')} only)` : '';
  const quick = run.quick ? ' (quick: measurements shorter than the plan’s)' : '';
  return [
    '',
    `${tone(verdict)}${parts}${quick}: ${some.map(([name, count]) => `${count} ${name}`).join(', ')}`,
    ...blockers.map((id) => `  blocked by ${id}`),
    `Evidence is in ${directory}; \`pmcp report\` makes the report.`,
  ].join('\n');
}
