import type { BreakerReport, ChangeReport, HistoryReport } from '../src/bot/breaker-verbs.ts';
import { operate, whoDid } from '../src/bot/operate.ts';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { type BreakerState, describe, LATCHES, type Latch } from '../src/core/breaker.ts';
import { countedLoss } from '../src/core/day-loss.ts';
import { formatMicro } from '../src/core/money.ts';
import { operatorName } from '../src/host/operator.ts';
import type { LatchOperated } from '../src/mcp/integrator/latch-verbs.ts';

type Via<Report> = Report & { via: 'bot' | 'store'; dataDir: string };

const MCP_LATCHES = LATCHES.filter((latch) => latch !== 'trading');

const latchOption = {
  flags: '--latch <name>',
  summary: 'which breaker (default: trading)',
  choices: LATCHES,
  defaultValue: 'trading',
};

async function ask<Report>(context: Context, verb: string, args: object, readOnly: boolean) {
  const dataDir = await context.dataDir();
  const nowMs = context.clock.now();
  const { via, data } = await operate({ dataDir, verb, args: { ...args }, readOnly, nowMs });
  return { via, dataDir, ...data } as Via<Report>;
}

function reasonOf(options: Options): { reason?: string } {
  const words = [options['reason']].flat();
  return words.length > 0 ? { reason: words.join(' ') } : {};
}

const status = defineCommand({
  name: 'status',
  summary: 'show every latch, and the loss of the day',
  examples: ['pmcp breaker status', 'pmcp breaker status --json'],
  async run(_options, context): Promise<Outcome> {
    const data = await ask<BreakerReport>(context, 'breaker.status', {}, true);
    const mcp = await askMcp<BreakerReport>(context, 'breaker.status', {});
    return { schema: 'pmcp.breaker', version: 1, data: { ...data, mcp } };
  },
  render({ data }, paint) {
    const { latches, day, notice, via, dataDir, mcp } = data as Via<BreakerReport> & {
      mcp: LatchOperated<BreakerReport> | null;
    };
    const lines = LATCHES.map((latch) => `${latch.padEnd(11)} ${told(latches[latch], paint)}`);
    if (day) lines.push(`day's loss  ${formatMicro(countedLoss(day))} USDC`);
    if (notice) lines.push(paint.warn(notice));
    for (const latch of mcp ? MCP_LATCHES : []) {
      const state = mcp?.latches[latch];
      if (state && state.kind !== 'armed')
        lines.push(`mcp process: ${latch} ${told(state, paint)}`);
    }
    if (mcp?.notice) lines.push(paint.warn(mcp.notice));
    if (via === 'store') lines.push(paint.dim(`saved ${whoDid(via, dataDir)}`));
    return lines.join('\n');
  },
});

const trip = defineCommand({
  name: 'trip',
  summary: 'trip a latch by hand; only a reset ends it',
  examples: ['pmcp breaker trip "odd fills"', 'pmcp breaker trip --latch mcp "too slow"'],
  arguments: [{ name: '<reason...>', summary: 'why, for the journal' }],
  options: [latchOption],
  run: (options, context) => change('breaker.trip', options, context),
  render: changed,
});

const reset = defineCommand({
  name: 'reset',
  summary: 'arm a tripped latch again',
  description: `Ends a trip or a probe, never a halt (\`pmcp resume\` does). After a daily loss the
reset accepts the loss so far: MAX_DAILY_LOSS counts anew from here.`,
  examples: ['pmcp breaker reset "checked the fills"', 'pmcp breaker reset --latch mcp'],
  arguments: [{ name: '[reason...]', summary: 'why, for the journal' }],
  options: [latchOption],
  run: (options, context) => change('breaker.reset', options, context),
  render: changed,
});

const history = defineCommand({
  name: 'history',
  summary: 'who changed what, when and why; newest first',
  examples: ['pmcp breaker history', 'pmcp breaker history --limit 100 --json'],
  options: [
    { flags: '--limit <count>', summary: 'most entries', parse: 'integer', defaultValue: 20 },
  ],
  async run({ limit }, context): Promise<Outcome<Via<HistoryReport>>> {
    const data = await ask<HistoryReport>(context, 'breaker.history', { limit }, true);
    return { schema: 'pmcp.breaker-history', version: 1, data };
  },
  render({ data }, paint) {
    const { entries } = data as HistoryReport;
    const lines = entries.map(({ atMs, latch, event, from, to, by, why }) => {
      const what = `${latch} ${event}: ${from} -> ${to}`;
      return `${time(atMs)}  ${what} ${paint.dim(`by ${by}`)}${why ? `: ${why}` : ''}`;
    });
    return lines.length > 0 ? lines.join('\n') : 'nothing has happened yet';
  },
});

/** Of the latches other than trading, the mcp process keeps its own: both are changed. */
async function change(verb: 'breaker.trip' | 'breaker.reset', options: Options, context: Context) {
  const args = { latch: options['latch'], by: operatorName(), ...reasonOf(options) };
  const data = await ask<ChangeReport>(context, verb, args, false);
  const mcp = args.latch === 'trading' ? null : await askMcp<ChangeReport>(context, verb, args);
  const changed = { latch: options['latch'], ...data, mcp };
  return { schema: 'pmcp.breaker-change', version: 1, data: changed };
}

async function askMcp<Report extends BreakerReport>(
  context: Context,
  verb: 'breaker.status' | 'breaker.trip' | 'breaker.reset',
  args: object,
): Promise<LatchOperated<Report> | null> {
  const { operateLatch } = await import('../src/mcp/integrator/latch-verbs.ts');
  const dataDir = await context.dataDir();
  return operateLatch<Report>({ dataDir, verb, args: { ...args }, nowMs: context.clock.now() });
}

function changed({ data }: Outcome, paint: Paint): string {
  const report = data as Via<ChangeReport> & { latch: Latch; mcp: LatchOperated | null };
  const { latch, mcp } = report;
  const already = report.changed.length + (mcp?.changed.length ?? 0) > 0 ? '' : 'nothing changed; ';
  const who = whoDid(report.via, report.dataDir);
  const lines = [`${latch} is ${told(report.latches[latch], paint)} ${paint.dim(`(${who})`)}`];
  if (mcp)
    lines.push(`mcp process: ${latch} is ${told(mcp.latches[latch], paint)} ${whose(mcp, paint)}`);
  return `${already}${lines.join('\n')}`;
}

function whose({ via }: { via: 'mcp' | 'store' }, paint: Paint): string {
  return paint.dim(via === 'mcp' ? '(by itself, running)' : '(as saved: it is not running)');
}

function told(state: BreakerState, paint: Paint): string {
  const words = describe(state);
  if (state.kind === 'armed') return paint.good(words);
  if (state.kind === 'probing') return paint.warn(words);
  const until = state.kind === 'tripped' ? `, ${untilWords(state.untilMs)}` : '';
  const under = state.kind === 'halted' && state.under ? `; beneath: ${describe(state.under)}` : '';
  return `${paint.bad(words)} since ${time(state.atMs)}${until}${under}`;
}

function untilWords(untilMs: number | null): string {
  return untilMs === null ? 'until `pmcp breaker reset`' : `until ${time(untilMs)}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export default defineCommand({
  name: 'breaker',
  summary: 'show, trip or reset the circuit breaker',
  description: `Latches: trading (entries), mcp (all MCP features), and one per MCP server. A
tripped latch never stops exits or cancels. With a bot running, the bot is asked; without one, its
saved state is changed in its place, under its lock. The mcp process keeps latches of its own, for
what its rules find: a trip or reset of any latch but trading is carried out there as well.`,
  subcommands: [status, trip, reset, history],
});
