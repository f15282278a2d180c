import { defineCommand, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { parseSpan, type Silence, spanWords } from '../src/core/alerts/silence.ts';
import { UsageError } from '../src/errors.ts';
import { operatorName } from '../src/host/operator.ts';
import type { AlertList, SilenceList } from '../src/observe/alerts/operations.ts';
import type { Alert } from '../src/observe/alerts/port.ts';

type Via<Report> = Report & { via: 'mcp' | 'store' };

async function ask<Report>(context: Context, verb: string, args: object): Promise<Via<Report>> {
  const { operateAlerts } = await import('../src/observe/alerts/operate.ts');
  const dataDir = await context.dataDir();
  const { via, data } = await operateAlerts({
    dataDir,
    verb,
    args: { ...args },
    nowMs: Date.now(),
  });
  return { via, ...data } as Via<Report>;
}

const list = defineCommand({
  name: 'list',
  summary: 'open alerts; with --all also those that are over',
  examples: ['pmcp alerts list', 'pmcp alerts list --all --limit 100 --json'],
  options: [
    { flags: '--all', summary: 'also those that are over' },
    { flags: '--limit <count>', summary: 'most alerts', parse: 'integer', defaultValue: 50 },
  ],
  async run({ all, limit }, context): Promise<Outcome> {
    const data = await ask<AlertList>(context, 'alerts.list', { active: all !== true, limit });
    return { schema: 'pmcp.alerts', version: 1, data };
  },
  render({ data }, paint) {
    const { alerts, total } = data as Via<AlertList>;
    if (alerts.length === 0) return paint.good('no alerts');
    const lines = alerts.map((alert) => row(alert, paint));
    if (total > alerts.length) lines.push(paint.dim(`${total - alerts.length} more`));
    return lines.join('\n');
  },
});

function row(alert: Alert, paint: Paint): string {
  const { id, key, severity, title, detail, raisedAtMs, resolvedAtMs, acknowledged } = alert;
  const tone = severity === 'critical' ? paint.bad : paint.warn;
  const word =
    resolvedAtMs === null ? tone(severity.padEnd(8)) : paint.dim(`over, ${severity}`.padEnd(8));
  const span = spanWords((resolvedAtMs ?? Date.now()) - raisedAtMs);
  const flag = acknowledged?.falsePositive ? 'false positive, ' : '';
  const seen = acknowledged ? `\n  ${flag}acknowledged by ${acknowledged.by}` : '';
  const when = paint.dim(`${time(raisedAtMs)} for ${span}  ${key}`);
  return `${id}  ${word}  ${title}  ${when}\n  ${detail}${seen}`;
}

const ack = defineCommand({
  name: 'ack',
  summary: 'acknowledge an alert: it is not escalated any more',
  examples: ['pmcp alerts ack a1b2c3d4', 'pmcp alerts ack a1b2c3d4 --false-positive'],
  arguments: [{ name: '<id>', summary: 'as `pmcp alerts list` shows it' }],
  options: [{ flags: '--false-positive', summary: 'it was no trouble; counts in the reviews' }],
  async run({ id, falsePositive }, context): Promise<Outcome> {
    const args = { id, falsePositive: falsePositive === true, by: operatorName() };
    const data = await ask<{ alert: Alert }>(context, 'alerts.ack', args);
    return { schema: 'pmcp.alert-ack', version: 1, data };
  },
  render({ data }) {
    const { title, acknowledged } = (data as { alert: Alert }).alert;
    const what = acknowledged?.falsePositive ? 'a false positive' : 'acknowledged';
    return `${title}: ${what}`;
  },
});

interface Tested {
  delivered: boolean;
  tookMs: number;
  problem: string | null;
}

const test = defineCommand({
  name: 'test',
  summary: 'send a test message to the chat',
  description: 'Exit code 1 when it does not arrive; the answer says what to do.',
  examples: ['pmcp alerts test'],
  async run(_options, context): Promise<Outcome> {
    const { callControl } = await import('../src/host/control-client.ts');
    const { pathsOf } = await import('../src/state/paths.ts');
    const { mcpControlSocket: socketPath } = pathsOf(await context.dataDir());
    const who = 'the mcp process';
    const call = { socketPath, verb: 'alerts.test', who, timeoutMs: 40_000 };
    let data = await callControl(call);
    if (!data) {
      const { testDirectly } = await import('../src/observe/alerts/operate.ts');
      data = await testDirectly(await context.config(), context.signal);
    }
    const exitCode = (data as Tested).delivered ? 0 : 1;
    return { schema: 'pmcp.alert-test', version: 1, data, exitCode };
  },
  render({ data }, paint) {
    const { delivered, tookMs, problem } = data as Tested;
    if (delivered) return paint.good(`delivered in ${tookMs} ms`);
    return paint.bad(`not delivered: ${problem}`);
  },
});

const silence = defineCommand({
  name: 'silence',
  summary: 'send no alerts of these keys for a while',
  description: `Alerts are still judged and listed. What still holds when the silence ends is sent then.
In the pattern * stands for anything; keys are in docs/alerts.md.`,
  examples: [
    "pmcp alerts silence 'mcp.*' --for 30m",
    'pmcp alerts silence host.disk --for 2h --reason "moving the logs"',
  ],
  arguments: [{ name: '<keys>', summary: 'a key, or a pattern such as bot.*' }],
  options: [
    { flags: '--for <span>', summary: '30m, 2h, 1d; 7d at most' },
    { flags: '--reason <text>', summary: 'why', defaultValue: 'not said' },
  ],
  async run({ keys, for: span, reason }, context): Promise<Outcome> {
    const spanMs = parseSpan(String(span ?? ''));
    if (spanMs === undefined) {
      throw new UsageError(`--for: ${JSON.stringify(span ?? '')} is not a span up to 7d`, {
        hint: 'Such as 90s, 30m, 2h or 1d.',
      });
    }
    const args = { glob: keys, spanMs, reason, by: operatorName() };
    const data = await ask<{ silence: Silence }>(context, 'alerts.silence', args);
    return { schema: 'pmcp.alert-silence', version: 1, data };
  },
  render: silenced,
});

const unsilence = defineCommand({
  name: 'unsilence',
  summary: 'end a silence now',
  examples: ['pmcp alerts unsilence s1b2c3d4'],
  arguments: [{ name: '<id>', summary: 'as `pmcp alerts silences` shows it' }],
  async run({ id }, context): Promise<Outcome> {
    const data = await ask<{ silence: Silence }>(context, 'alerts.unsilence', { id });
    return { schema: 'pmcp.alert-silence', version: 1, data };
  },
  render: silenced,
});

const silences = defineCommand({
  name: 'silences',
  summary: 'silences that have not ended',
  examples: ['pmcp alerts silences'],
  async run(_options, context): Promise<Outcome> {
    const data = await ask<SilenceList>(context, 'alerts.silences', {});
    return { schema: 'pmcp.alert-silences', version: 1, data };
  },
  render({ data }, paint) {
    const { silences } = data as SilenceList;
    return silences.map(words).join('\n') || paint.dim('none');
  },
});

const docs = defineCommand({
  name: 'docs',
  summary: 'print the manual: every alert, what it means, what to do',
  examples: ['pmcp alerts docs'],
  async run(): Promise<Outcome> {
    const { ALERT_RULES } = await import('../src/core/alerts/rules.ts');
    const { alertManual } = await import('../src/core/alerts/manual.ts');
    return { schema: 'pmcp.alert-docs', version: 1, data: { text: alertManual(ALERT_RULES) } };
  },
  render: ({ data }) => (data as { text: string }).text.trimEnd(),
});

function silenced({ data }: Outcome): string {
  return words((data as { silence: Silence }).silence);
}

function words({ id, glob, untilMs, by, reason, maintenance }: Silence): string {
  const what = maintenance ? `maintenance (${maintenance})` : glob;
  return `${id}  ${what} silent until ${time(untilMs)}, by ${by}: ${reason}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export default defineCommand({
  name: 'alerts',
  summary: 'list, acknowledge, test and silence alerts',
  description: `The mcp process judges what it sees and sends alerts to Telegram; docs/alerts.md says what
each means and what to do. These commands ask it, or use its database when it does not run.`,
  subcommands: [list, ack, test, silence, unsilence, silences, docs],
});
