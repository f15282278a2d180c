/** What was checked, what alerted and what tripped. */
import { proportion } from '../../core/proportion.ts';
import type { BarChart } from './chart.ts';
import { type Block, type Cell, type Section, text, toned } from './document.ts';
import {
  type AlertRecord,
  alertsOf,
  type CheckRecord,
  DAY_MS,
  HOUR_MS,
  type Part,
  type ReviewInput,
  within,
} from './facts.ts';
import { type AlertTally, tallyAlerts } from './propose-thresholds.ts';
import { percent } from './summary.ts';
import { patternsOf, tripsOf } from './trips.ts';
import { iso } from './week.ts';

/** As the timers do them. */
const EVERY_MS: Record<Part, number> = {
  servers: HOUR_MS,
  resources: HOUR_MS / 2,
  logs: HOUR_MS,
  breakers: HOUR_MS,
};
const NAMES: Record<Part, string> = {
  servers: 'MCP servers, every hour',
  resources: 'Resources, every 30 minutes',
  logs: 'Errors in the logs, every hour',
  breakers: 'Circuit breakers, every hour',
};
const MOST_FINDINGS = 12;

export function checksSection(input: ReviewInput): Section {
  const checks = within(input.checks, input.week);
  const spanMs = Math.min(input.week.toMs, input.nowMs) - input.week.fromMs;
  const rows = (Object.keys(NAMES) as Part[]).map((part): Cell[] => {
    const made = checks.filter((one) => one.part === part);
    const count = (result: CheckRecord['result']) =>
      made.filter((one) => one.result === result).length;
    const due = Math.floor(spanMs / EVERY_MS[part]);
    const failed = count('failed');
    return [
      NAMES[part],
      made.length < 0.95 * due
        ? toned(`${made.length} of ${due}`, 'warn')
        : `${made.length} of ${due}`,
      String(count('passed')),
      failed > 0 ? toned(String(failed), 'bad') : '0',
      String(count('unknown')),
    ];
  });
  const found = commonest(checks);
  const blocks: Block[] = [
    { kind: 'table', head: ['Check', 'Made', 'Passed', 'Failed', 'Not told'], rows },
  ];
  if (checks.length === 0) blocks.push(text('None was made: are the timers enabled?'));
  if (found.length > 0) {
    blocks.push({ kind: 'table', head: ['Times', 'Found', 'Last'], rows: found });
  }
  return { title: 'Checks of this week', blocks };
}

function commonest(checks: readonly CheckRecord[]): string[][] {
  const seen = new Map<string, { count: number; lastMs: number }>();
  for (const { atMs, findings } of checks) {
    for (const words of findings) {
      const count = (seen.get(words)?.count ?? 0) + 1;
      seen.set(words, { count, lastMs: atMs });
    }
  }
  const sorted = [...seen].sort(([, a], [, b]) => b.count - a.count).slice(0, MOST_FINDINGS);
  return sorted.map(([words, { count, lastMs }]) => [String(count), words, iso(lastMs)]);
}

export function alertsSection(input: ReviewInput): Section {
  const alerts = alertsOf(input);
  if (alerts.length === 0) return { title: 'Alerts', blocks: [text('No alert was raised.')] };
  const judged = alerts.filter(({ acknowledged }) => acknowledged !== null).length;
  const wrong = alerts.filter(({ acknowledged }) => acknowledged?.falsePositive).length;
  const { low, high } = proportion(wrong, judged);
  const rate =
    judged === 0
      ? 'Nobody acknowledged any, so nothing is known of how many were false.'
      : `${wrong} of the ${judged} that were acknowledged were marked false (95 % interval ` +
        `${percent(low)} to ${percent(high)}).`;
  const head = [
    'Alert',
    'Raised',
    'Critical',
    'Judged',
    'False',
    'Came back in 1 h',
    'Open (median)',
  ];
  const rows = tallyAlerts(alerts).map(tallyRow);
  return {
    title: 'Alerts',
    blocks: [
      text(
        `${alerts.length} alerts were raised. ${rate} docs/runbook.md says what to do about each.`,
      ),
      { kind: 'table', head, rows },
      { kind: 'chart', chart: alertChart(alerts, input) },
    ],
  };
}

function tallyRow(tally: AlertTally): Cell[] {
  const { key, count, critical, judged, falsePositives, flaps, medianMinutes } = tally;
  return [
    key,
    String(count),
    String(critical),
    String(judged),
    falsePositives > 0 ? toned(String(falsePositives), 'warn') : '0',
    String(flaps),
    medianMinutes === null ? 'open' : `${medianMinutes.toFixed(medianMinutes < 10 ? 1 : 0)} min`,
  ];
}

function alertChart(alerts: readonly AlertRecord[], { week }: ReviewInput): BarChart {
  const days = Array.from({ length: 7 }, (_, day) => week.fromMs + day * DAY_MS);
  const per = (accept: (alert: AlertRecord) => boolean) =>
    days.map(
      (day) =>
        alerts.filter(
          (one) => one.raisedAtMs >= day && one.raisedAtMs < day + DAY_MS && accept(one),
        ).length,
    );
  const isFalse = ({ acknowledged }: AlertRecord) => acknowledged?.falsePositive === true;
  return {
    kind: 'bars',
    title: 'Alerts of each day',
    labels: days.map((day) => new Date(day).toISOString().slice(5, 10)),
    stacks: [
      {
        name: 'true',
        tone: 's1',
        values: per((one) => one.acknowledged !== null && !isFalse(one)),
      },
      { name: 'false', tone: 's2', values: per(isFalse) },
      { name: 'nobody judged', tone: 's3', values: per((one) => one.acknowledged === null) },
    ],
  };
}

export function tripsSection(input: ReviewInput): Section {
  const trips = within(tripsOf(input.marks), input.week);
  const title = 'Circuit breaker trips';
  if (trips.length === 0) return { title, blocks: [text('No breaker tripped.')] };
  const rows = patternsOf(trips).map(({ latch, cause, count, lostMs, relapses, hour, inHour }) => [
    latch,
    cause,
    String(count),
    `${(lostMs / HOUR_MS).toFixed(1)} h`,
    String(relapses),
    inHour > 1 ? `${hour}:00 UTC (${inHour})` : 'none',
  ]);
  const head = [
    'Latch',
    'Cause',
    'Trips',
    'Until armed, in all',
    'Within 1 h of arming',
    'Most in',
  ];
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const per = (accept: (latch: string) => boolean) =>
    hours.map(
      (hour) =>
        trips.filter((one) => new Date(one.atMs).getUTCHours() === hour && accept(one.latch))
          .length,
    );
  const chart: BarChart = {
    kind: 'bars',
    title: 'Trips by hour of the day (UTC)',
    labels: hours.map((hour) => String(hour).padStart(2, '0')),
    stacks: [
      { name: 'trading', tone: 's1', values: per((latch) => latch === 'trading') },
      { name: 'mcp', tone: 's2', values: per((latch) => latch !== 'trading') },
    ],
  };
  return {
    title,
    blocks: [
      { kind: 'table', head, rows },
      { kind: 'chart', chart },
    ],
  };
}
