import { setTimeout as sleep } from 'node:timers/promises';
import type { EntriesReport } from '../src/bot/pause.ts';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { InconclusiveError } from '../src/errors.ts';
import { callControl } from '../src/host/control-client.ts';
import { operatorName } from '../src/host/operator.ts';
import { pathsOf } from '../src/state/paths.ts';

const EVERY_MS = 100;

/** undefined: no bot answers. */
async function ask(context: Context, verb: string, args: object = {}) {
  const { controlSocket: socketPath } = pathsOf(await context.dataDir());
  return (await callControl({ socketPath, verb, args })) as EntriesReport | undefined;
}

/** Asks until it is so or the time is over; the last answer either way. */
async function until(
  context: Context,
  seconds: number,
  isSo: (report: EntriesReport) => boolean,
): Promise<EntriesReport | undefined> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const report = await ask(context, 'entries.status');
    if ((report && isSo(report)) || performance.now() >= deadline) return report;
    await sleep(EVERY_MS, undefined, { signal: context.signal });
  }
}

async function answered(context: Context, report: EntriesReport | undefined, isSo: boolean) {
  if (!report) {
    throw new InconclusiveError(`no bot is running in ${await context.dataDir()}`, {
      hint: 'Start it, or name its directory with --data-dir.',
    });
  }
  return { schema: 'pmcp.entries', version: 1, data: report, exitCode: isSo ? 0 : 1 };
}

const settled = ({ unsettledOrders }: EntriesReport) => unsettledOrders === 0;

const pause = defineCommand({
  name: 'pause',
  summary: 'make no entries for a moment; ends by itself',
  description: `Leaders' fills wait undecided meanwhile: they are decided when the pause ends, or
by the next start. With --settle it waits until no order is under way without a known outcome, and
the exit code is 1 when that is not so in time; the pause holds all the same.`,
  examples: ['pmcp entries pause --for 30 "switching the release"'],
  arguments: [{ name: '<reason...>', summary: 'why, for the log' }],
  options: [
    { flags: '--for <seconds>', summary: 'longest, 1 to 120', parse: 'integer', defaultValue: 60 },
    {
      flags: '--settle <seconds>',
      summary: 'wait for open outcomes',
      parse: 'integer',
      defaultValue: 0,
    },
  ],
  async run(options, context): Promise<Outcome<EntriesReport>> {
    const reason = [options['reason']].flat().join(' ');
    const args = { reason, seconds: options['for'], by: operatorName() };
    let report = await ask(context, 'entries.pause', args);
    const patience = Number(options['settle']);
    if (report && patience > 0) report = await until(context, patience, settled);
    return answered(context, report, patience === 0 || (report !== undefined && settled(report)));
  },
  render,
});

const resume = defineCommand({
  name: 'resume',
  summary: 'end the pause, and nothing else: a halt or a trip stays',
  examples: ['pmcp entries resume'],
  run: async (_: Options, context) => answered(context, await ask(context, 'entries.resume'), true),
  render,
});

const status = defineCommand({
  name: 'status',
  summary: 'whether entries are open, and what is under way',
  examples: ['pmcp entries status', 'pmcp entries status --wait 60'],
  options: [
    {
      flags: '--wait <seconds>',
      summary: 'for a bot that has agreed with the venue; exit code 1 when there is none in time',
      parse: 'integer',
      defaultValue: 0,
    },
  ],
  async run(options, context): Promise<Outcome<EntriesReport>> {
    const patience = Number(options['wait']);
    const report = await until(context, patience, ({ reconciled }) => reconciled);
    return answered(context, report, patience === 0 || report?.reconciled === true);
  },
  render,
});

function render({ data }: Outcome, paint: Paint): string {
  const { paused, endsInMs, blockedBy, openOrders, unsettledOrders, waitingFills } =
    data as EntriesReport;
  const ends = paused === null ? '' : `, ends in ${Math.ceil(endsInMs / 1000)} s`;
  const state = blockedBy === null ? paint.good('open') : paint.warn(`closed: ${blockedBy}${ends}`);
  const orders = `${openOrders} orders open, ${unsettledOrders} of them without a known outcome`;
  return `entries ${state}\n${orders}; ${waitingFills} fills wait`;
}

export default defineCommand({
  name: 'entries',
  summary: 'pause entries while a release is switched',
  description: `For deployments. To stop trading for longer, use \`pmcp halt\`. Exits, cancels and
the comparison with the venue go on during a pause.`,
  subcommands: [pause, resume, status],
});
