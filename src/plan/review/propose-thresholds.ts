/** Windows and thresholds of alerts, from how many of them were false. */
import { proportion } from '../../core/proportion.ts';
import { type AlertRecord, alertsOf, type ReviewInput } from './facts.ts';
import { quantileFrom } from './figures.ts';
import { type Advised, type Proposal, settingOf } from './proposal.ts';

/** More than one in five being false teaches people to look away. */
const MOST_FALSE = 0.2;
const LONGEST_WINDOW_MIN = 60;
const MINUTE_MS = 60_000;
/** The plan: monitoring may add so much and no more. */
const CEILINGS: Readonly<Record<string, number>> = {
  MONITORING_MAX_CPU_PERCENT: 1,
  MONITORING_MAX_MEMORY_MB: 100,
};

export interface AlertTally {
  key: string;
  count: number;
  critical: number;
  /** Acknowledged as true or false. */
  judged: number;
  falsePositives: number;
  /** Repeats within an hour of the end of the one before. */
  flaps: number;
  /** Minutes open, median; null: none is over. */
  medianMinutes: number | null;
}

/** By key, most frequent first. */
export function tallyAlerts(alerts: readonly AlertRecord[]): AlertTally[] {
  const groups = new Map<string, AlertRecord[]>();
  for (const alert of alerts) groups.set(alert.key, [...(groups.get(alert.key) ?? []), alert]);
  const tallies = [...groups].map(([key, some]): AlertTally => {
    const spans = some.flatMap(({ raisedAtMs, resolvedAtMs }) =>
      resolvedAtMs === null ? [] : (resolvedAtMs - raisedAtMs) / MINUTE_MS,
    );
    return {
      key,
      count: some.length,
      critical: some.filter(({ severity }) => severity === 'critical').length,
      judged: some.filter(({ acknowledged }) => acknowledged !== null).length,
      falsePositives: some.filter(({ acknowledged }) => acknowledged?.falsePositive).length,
      flaps: gapsOf(some).filter((minutes) => minutes < 60).length,
      medianMinutes: quantileFrom(spans, 0.5),
    };
  });
  return tallies.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

/** Minutes from the end of each alert to the next of the same key. */
function gapsOf(alerts: readonly AlertRecord[]): number[] {
  const sorted = [...alerts].sort((a, b) => a.raisedAtMs - b.raisedAtMs);
  return sorted.flatMap(({ raisedAtMs }, index) => {
    const end = sorted[index - 1]?.resolvedAtMs;
    return end == null ? [] : Math.max(0, raisedAtMs - end) / MINUTE_MS;
  });
}

export function proposeThresholds(input: ReviewInput): Advised {
  const alerts = alertsOf(input);
  const found = tallyAlerts(alerts)
    .filter(isNoisy)
    .map((tally) => answer(tally, input));
  const window = duplicateWindow(input, alerts);
  return {
    proposals: [...found.flatMap(({ proposals }) => proposals), ...(window ? [window] : [])],
    advice: found.flatMap(({ advice }) => advice),
  };
}

/** The interval lies above what is tolerated: chance alone does not explain it. */
function isNoisy({ falsePositives, judged }: AlertTally): boolean {
  return proportion(falsePositives, judged).low > MOST_FALSE;
}

function answer(tally: AlertTally, { settings }: ReviewInput): Advised {
  const { key, falsePositives, judged } = tally;
  const { low, high } = proportion(falsePositives, judged);
  const evidence =
    `${falsePositives} of ${judged} judged alerts of ${key} were marked false ` +
    `(95 % interval ${Math.round(low * 100)} to ${Math.round(high * 100)} %)`;
  const told = (words: string): Advised => ({ proposals: [], advice: [{ topic: key, words }] });
  if (key === 'mcp.monitoring') {
    const proposals = Object.entries(CEILINGS).flatMap(([name, ceiling]): Proposal[] => {
      const from = settingOf(settings, name);
      const to = Math.min(ceiling, Math.round(from * 125) / 100);
      const reason = 'Its alerts are mostly false: the budget is tighter than the plan asks.';
      return to > from ? [{ key: name, from, to, reason, evidence }] : [];
    });
    if (proposals.length > 0) return { proposals, advice: [] };
    return told(`${evidence}, and its budget is at the plan's ceiling: let it do less.`);
  }
  if (key.startsWith('risk.') || key.startsWith('bot.')) {
    return told(`${evidence}. It guards money, so no threshold of it is proposed to be laxer.`);
  }
  return told(`${evidence}. No key tunes this rule; \`pmcp alerts silence\` covers planned work.`);
}

const FEWEST_FLAPS = 5;

/** Long enough to hold three of four repeats of warnings that come and go. */
function duplicateWindow(
  { settings }: ReviewInput,
  alerts: readonly AlertRecord[],
): Proposal | undefined {
  const key = 'DUPLICATE_ALERT_WINDOW_MINUTES';
  const from = settingOf(settings, key);
  const warnings = Map.groupBy(
    alerts.filter(({ severity }) => severity === 'warning'),
    (alert) => alert.key,
  );
  const gaps = [...warnings.values()].flatMap(gapsOf).filter((minutes) => minutes < 60);
  const wide = quantileFrom(gaps, 0.75);
  if (wide === null || gaps.length < FEWEST_FLAPS) return undefined;
  const to = Math.min(LONGEST_WINDOW_MIN, Math.ceil(wide / 5) * 5);
  if (to <= from) return undefined;
  const reason = 'Warnings come back after the window is over and are told again each time.';
  const evidence =
    `${gaps.length} warnings came back within an hour, three of four within ` +
    `${wide.toFixed(0)} min; critical alerts are not held back by this`;
  return { key, from, to, reason, evidence };
}
