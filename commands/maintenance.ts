import { defineCommand, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import {
  LONGEST_MAINTENANCE_MS,
  MAINTENANCE_KINDS,
  parseSpan,
  spanWords,
} from '../src/core/alerts/silence.ts';
import { UsageError } from '../src/errors.ts';
import { operatorName } from '../src/host/operator.ts';
import type { MaintenanceReport } from '../src/observe/alerts/maintenance.ts';

async function ask(context: Context, verb: string, args: object): Promise<Outcome> {
  const { operateAlerts } = await import('../src/observe/alerts/operate.ts');
  const dataDir = await context.dataDir();
  const nowMs = Date.now();
  const { via, data } = await operateAlerts({ dataDir, verb, args: { ...args }, nowMs });
  return { schema: 'pmcp.maintenance', version: 1, data: { via, ...data } };
}

const begin = defineCommand({
  name: 'begin',
  summary: 'hold back what work on this host explains',
  description: `Ends by itself after --for, an hour at most; a second begin takes the place of the first. Told
all the same: a bot that is down, the trading breaker, the loss of the day, and the end of what was told
before. What still holds at the end is told then. A rollback is a mark on every chart. Works
with and without a running mcp process, and outlives its restart.`,
  examples: [
    'pmcp maintenance begin --for 15m --reason "release 42"  --kind deploy',
    'pmcp maintenance begin --for 1h --reason "new disk"',
  ],
  options: [
    { flags: '--for <span>', summary: '90s, 15m or 1h; 1h at most' },
    { flags: '--reason <text>', summary: 'why, for the chat and the charts' },
    {
      flags: '--kind <kind>',
      summary: 'what kind of work',
      choices: MAINTENANCE_KINDS,
      defaultValue: 'work',
    },
    { flags: '--by <name>', summary: 'who, when it is not the user of this terminal' },
  ],
  async run({ for: span, reason, kind, by = operatorName() }, context) {
    const spanMs = parseSpan(String(span ?? ''));
    if (spanMs === undefined || spanMs > LONGEST_MAINTENANCE_MS) {
      throw new UsageError(`--for: ${JSON.stringify(span ?? '')} is not a span up to 1h`, {
        hint: 'Such as 90s, 15m or 1h. Work that takes longer begins again.',
      });
    }
    if (reason === undefined) {
      throw new UsageError('--reason: missing', { hint: 'Say why, as in --reason "release 42".' });
    }
    return ask(context, 'maintenance.begin', { spanMs, reason, kind, by });
  },
  render,
});

const end = defineCommand({
  name: 'end',
  summary: 'end it now; none is no error',
  examples: ['pmcp maintenance end'],
  options: [{ flags: '--by <name>', summary: 'who, when it is not the user of this terminal' }],
  run: ({ by = operatorName() }, context) => ask(context, 'maintenance.end', { by }),
  render,
});

const status = defineCommand({
  name: 'status',
  summary: 'whether there is maintenance, whose and until when',
  examples: ['pmcp maintenance status --json'],
  run: (_options, context) => ask(context, 'maintenance.status', {}),
  render,
});

function render({ data }: Outcome, paint: Paint): string {
  const { maintenance, ended } = data as MaintenanceReport;
  if (ended) return paint.good(`maintenance of ${ended.by} is over`);
  if (!maintenance) return paint.dim('no maintenance');
  const { maintenance: kind, by, reason, untilMs } = maintenance;
  const until = new Date(untilMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const left = spanWords(untilMs - Date.now());
  return paint.warn(`${kind} by ${by}: ${reason}; alerts are held back until ${until} (${left})`);
}

export default defineCommand({
  name: 'maintenance',
  summary: 'hold alerts back while somebody works on this host',
  description:
    'What a deploy does before and after its work. docs/monitoring.md says what is told.',
  subcommands: [begin, end, status],
});
