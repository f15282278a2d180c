/** How often to look, from what looking costs and how long troubles last. */
import { alertsOf, type ReviewInput, within } from './facts.ts';
import { gaugeOf, quantileFrom } from './figures.ts';
import { type Advised, type Proposal, settingOf } from './proposal.ts';

const FASTEST_S = 10;
/** A dead bot is told of within two checks, and two minutes are the longest that may be. */
const SLOWEST_S = 60;
/** Fewer troubles than this say nothing of how long they last. */
const FEWEST_TROUBLES = 5;
const FASTEST_POLL_S = 5;
const GOOD_COMPLETENESS = 0.98;

export function proposeIntervals(input: ReviewInput): Advised {
  const proposals = [healthInterval(input), pollInterval(input)].filter((one) => one !== undefined);
  return { proposals, advice: [] };
}

/** Slower when monitoring is near its CPU budget; faster when troubles end between two looks. */
function healthInterval(input: ReviewInput): Proposal | undefined {
  const { settings, week, samples } = input;
  const key = 'MONITOR_INTERVAL_SECONDS';
  const from = settingOf(settings, key);
  const budget = settingOf(settings, 'MONITORING_MAX_CPU_PERCENT');
  const hours = gaugeOf(within(samples, week), 'mcpCpuPercent');
  const cpu = quantileFrom(hours, 0.95);
  if (cpu === null) return undefined;
  const spent =
    `the mcp process took ${cpu.toFixed(2)} % of a core in 95 % of ${hours.length} ` +
    `hours; the budget is ${budget} %`;
  if (cpu > 0.8 * budget) {
    const to = Math.min(SLOWEST_S, from * 2);
    if (to <= from) return undefined;
    return { key, from, to, reason: 'Monitoring is near its CPU budget.', evidence: spent };
  }
  const spans = alertsOf(input).flatMap(({ raisedAtMs, resolvedAtMs }) =>
    resolvedAtMs === null ? [] : (resolvedAtMs - raisedAtMs) / 1000,
  );
  const typical = quantileFrom(spans, 0.5);
  if (typical === null || spans.length < FEWEST_TROUBLES || cpu > 0.4 * budget) return undefined;
  if (typical >= 4 * from) return undefined;
  const to = Math.max(FASTEST_S, Math.round(from / 2));
  if (to >= from) return undefined;
  const reason = 'Half of the troubles last for fewer than four checks, and looking is cheap.';
  const evidence = `median of ${spans.length} alerts: ${typical.toFixed(0)} s; ${spent}`;
  return { key, from, to, reason, evidence };
}

/** Only ever faster: what is polled late is copied late or not at all. */
function pollInterval({ settings, week, samples }: ReviewInput): Proposal | undefined {
  const key = 'MONITOR_INTERVAL';
  const from = settingOf(settings, key);
  const shares = gaugeOf(within(samples, week), 'completeness');
  const low = quantileFrom(shares, 0.05);
  if (low === null || low >= GOOD_COMPLETENESS) return undefined;
  const to = Math.max(FASTEST_POLL_S, Math.round(from / 2));
  const reason = 'Discovery misses trades; a shorter poll finds what the live feed dropped sooner.';
  const evidence =
    `completeness was below ${(low * 100).toFixed(1)} % in 5 % of ` +
    `${shares.length} hours; ${GOOD_COMPLETENESS * 100} % are wanted`;
  return { key, from, to, reason, evidence };
}
