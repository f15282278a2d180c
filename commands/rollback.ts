import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import {
  chooseHosts,
  type OnHost,
  onEachHost,
  throwIfAllFailed,
} from '../src/deploy/hosts/chosen.ts';
import { rollBack } from '../src/deploy/rollback/carry-out.ts';
import { stopMcp } from '../src/deploy/rollback/immediate.ts';
import { byHand, type RolledBack } from '../src/deploy/rollback/report.ts';
import { RollbackFailedError, UsageError } from '../src/errors.ts';
import { operatorName } from '../src/host/operator.ts';
import { taskWords } from '../src/screen/tasks.ts';

/** The plan's own limits: minutes. */
const PLAN_MINUTES = { immediate: 5, full: 30, mcp: 30, pending: 30 } as const;

type Report = RolledBack & { entries?: string };

export default defineCommand({
  name: 'rollback',
  summary: 'put hosts back on the last good release, or stop the mcp service at once',
  description: `Without --immediate or --full: the mcp service goes back to the good release that
was current before; the bot is not touched. Never to a release that is marked bad, is damaged, or
cannot read the files of today: journal and configuration are not rolled back with the code. The
way back is rehearsed first, and then walked by the host itself, so that a lost connection or a
reboot leaves nothing half done. The release that is left is marked bad.

--immediate stops the mcp service and sees that the bot trades. --full restores the newest sound
backup (links, units, monitoring history) and restarts both services, the bot under a pause.

A change that waits for its confirmation is taken back, whoever made it. Exit code 6: needs a human
now; the commands to run by hand are printed.`,
  examples: [
    'pmcp rollback --dry-run',
    'pmcp rollback --yes',
    'pmcp rollback --immediate',
    'pmcp rollback --full --yes',
    'pmcp rollback --to 20260901T101500Z-3c3c318 --reason "leaks memory" --yes',
  ],
  options: [
    { flags: '--immediate', summary: 'stop the mcp service, nothing else' },
    { flags: '--full', summary: 'restore the newest sound backup' },
    { flags: '--to <release>', summary: 'to this release' },
    { flags: '--backup <name>', summary: 'with --full: this backup' },
    { flags: '--dry-run', summary: 'rehearse, and show the steps' },
    { flags: '--reason <text>', summary: 'why, for the mark and the audit' },
    { flags: '--host <host...>', summary: 'these hosts only (default: all of DEPLOY_HOSTS)' },
    {
      flags: '--lock-wait <seconds>',
      summary: 'wait for another holder of the deploy lock',
      parse: 'integer',
      defaultValue: 0,
    },
    { flags: '--yes', summary: 'do not ask' },
  ],
  async run(options, context): Promise<Outcome> {
    const kind = kindOf(options);
    const config = await context.config();
    const chosen = chooseHosts(config, [options['host'] ?? []].flat() as string[]);
    const dryRun = options['dryRun'] === true;
    const by = operatorName();
    if (kind !== 'immediate' && !dryRun && options['yes'] !== true) {
      await confirm(
        context,
        chosen.addresses.map(({ name }) => name),
      );
    }
    const results = await onEachHost<Report>(chosen, (host) => {
      if (kind === 'immediate') return stopMcp(host, chosen.layout, { dryRun, by });
      return rollBack(host, chosen.layout, {
        kind,
        by,
        dryRun,
        reason: String(options['reason'] ?? `rolled back by ${by}`),
        environment: config.ENVIRONMENT,
        lockWaitMs: Number(options['lockWait']) * 1000,
        signal: context.signal,
        note: context.out.note,
        ...text('to', options),
        ...text('backup', options),
      });
    });
    throwIfAllFailed(results);
    throwIfFailed(results, (target) => byHand(chosen.layout, target));
    const hosts = results.map(({ host, result, problem }) =>
      problem === undefined ? { host, ...result } : { host, problem },
    );
    const exitCode = results.some(({ problem }) => problem !== undefined) ? 4 : 0;
    return { schema: 'pmcp.rollback', version: 1, data: { dryRun, hosts }, exitCode };
  },
  render: ({ data }, paint) =>
    (data as { hosts: ({ host: string; problem?: string } & Partial<Report>)[] }).hosts
      .map((one) => {
        if (one.steps === undefined) return `${one.host}: ${paint.bad(one.problem ?? '')}`;
        return drawReport(one.host, one as Report, paint);
      })
      .join('\n\n'),
});

function kindOf(options: Options): 'mcp' | 'full' | 'immediate' {
  const { immediate, full, to, backup } = options;
  const wrong =
    (immediate && (full || to || backup)) || (full && to)
      ? '--immediate, --full and --to exclude each other'
      : backup && !full
        ? '--backup belongs to --full'
        : undefined;
  if (wrong !== undefined) throw new UsageError(wrong, { hint: 'See `pmcp rollback --help`.' });
  return immediate ? 'immediate' : full ? 'full' : 'mcp';
}

function text<Key extends string>(key: Key, options: Options): Partial<Record<Key, string>> {
  const value = options[key];
  return value === undefined ? {} : ({ [key]: String(value) } as Record<Key, string>);
}

async function confirm(context: Context, hosts: readonly string[]): Promise<void> {
  const refused = (why: string) =>
    new UsageError(`${why}: nothing was changed`, { hint: 'Look with --dry-run; act with --yes.' });
  if (!process.stdin.isTTY || context.flags.json) throw refused('--yes is missing');
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const { signal } = context;
  const answer = await asking
    .question(`Roll back on ${hosts.join(', ')}? [y/N] `, { signal })
    .finally(() => asking.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw refused('not confirmed');
}

/** Of several hosts all are tried; one that needs a human decides the exit code. */
function throwIfFailed(
  results: readonly OnHost<Report>[],
  commands: (target: string | undefined) => string[],
): void {
  const failed = results.filter(({ result }) => result?.problem !== undefined);
  if (failed.length === 0) return;
  const [first] = failed;
  const names = failed.map(({ host }) => host).join(', ');
  throw new RollbackFailedError(`${names}: the rollback failed`, {
    hint: `On the host, as root:\n${commands(first?.result?.target).join('\n')}`,
    problems: failed.map(({ host, result }) => ({ message: `${host}: ${result?.problem ?? ''}` })),
  });
}

function drawReport(host: string, report: Report, paint: Paint): string {
  const { kind, from, target, backup, passed, checks, steps, dryRun, durationMs } = report;
  const lines = passed.map(({ id, why }) => paint.dim(`${host}: not ${id}: ${why}`));
  lines.push(...checks.map((check) => taskWords(check, paint)));
  for (const { title, argv, durationMs: ms } of steps) {
    if (dryRun) lines.push(`would ${title}`, paint.dim(`      ${argv.slice(0, 3).join(' ')}`));
    else lines.push(`done  ${title}${ms === undefined ? '' : `  ${ms} ms`}`);
  }
  const seconds = (durationMs / 1000).toFixed(1);
  const limit = `${seconds} s; the plan allows ${PLAN_MINUTES[kind]} min`;
  if (dryRun) lines.push(paint.warn(`${host}: nothing was changed`));
  else if (kind === 'immediate') {
    const bot = `the bot goes on, entries are ${report.entries}`;
    lines.push(`${paint.good(`${host}: mcp stopped`)}, ${bot} (${limit})`);
  } else {
    const source = backup === undefined ? '' : ` from ${backup}`;
    const bot = report.botRestarted ? 'the bot was restarted' : 'the bot was not touched';
    const way = `${from ?? 'nothing'} -> ${target ?? 'nothing'}${source}`;
    lines.push(`${paint.good(`${host}: ${way}`)}, ${bot} (${limit})`);
  }
  return lines.join('\n');
}
