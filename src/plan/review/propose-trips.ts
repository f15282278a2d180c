/** What the pattern of trips speaks for. Limits only ever get tighter here. */
import { type ReviewInput, within } from './facts.ts';
import { type Advice, type Advised, type Proposal, settingOf } from './proposal.ts';
import { patternsOf, type TripPattern, tripsOf } from './trips.ts';

const LONGEST_COOLDOWN_S = 14_400;
/** One trip is an event, two are chance; from three on it is a pattern. */
const FEWEST_TRIPS = 3;

export function proposeFromTrips(input: ReviewInput): Advised {
  const patterns = patternsOf(within(tripsOf(input.marks), input.week));
  const trading = patterns.filter(({ latch }) => latch === 'trading');
  const proposals = [cooldown(input, trading), tradeSize(input, trading)];
  return {
    proposals: proposals.filter((one) => one !== undefined),
    advice: patterns.filter(({ count }) => count >= FEWEST_TRIPS).map(advise),
  };
}

/** A breaker that trips again right after its cooldown was armed too early. */
function cooldown(
  { settings }: ReviewInput,
  trading: readonly TripPattern[],
): Proposal | undefined {
  const key = 'BREAKER_COOLDOWN_SECONDS';
  const from = settingOf(settings, key);
  const relapses = trading.reduce((sum, one) => sum + one.relapses, 0);
  const count = trading.reduce((sum, one) => sum + one.count, 0);
  if (relapses < 2) return undefined;
  const to = Math.min(LONGEST_COOLDOWN_S, from * 2);
  const reason = 'The breaker tripped again soon after it was armed: a longer cooldown loses less.';
  const evidence = `${relapses} of ${count} trips came within an hour of arming`;
  return { key, from, to, reason, evidence };
}

function tradeSize(
  { settings }: ReviewInput,
  trading: readonly TripPattern[],
): Proposal | undefined {
  const key = 'MAX_TRADE_AMOUNT';
  const from = settingOf(settings, key);
  const days = trading.find(({ cause }) => cause === 'daily_loss')?.count ?? 0;
  if (days < 2) return undefined;
  const least = Math.max(
    settingOf(settings, 'MIN_TRADE_AMOUNT'),
    settingOf(settings, 'FIXED_TRADE_AMOUNT'),
  );
  const to = Math.max(least, Math.floor(from * 0.8 * 100) / 100);
  const reason = 'The day’s loss reached its limit more than once: smaller trades reach it later.';
  return { key, from, to, reason, evidence: `${days} trips by the day's loss in this week` };
}

const WORDS: Readonly<Record<string, string>> = {
  daily_loss: 'Look at whom is followed: `pmcp wallets score`.',
  consecutive_losses: 'Look at whom is followed: `pmcp wallets score`.',
  failure_rate: 'Look at what the venue answered: `pmcp trades list --json`.',
  venue_disagreement: 'Look for orders placed by hand or by another program on this account.',
  discovery_blind: 'Look at the network, and at the feeds in `pmcp status`.',
  mcp_memory: 'Look at which server grew: `pmcp status`, `pmcp bench mcp`.',
  mcp_cpu: 'Look at which tool is called so much: `pmcp_mcp_tool_calls_total`.',
  host_stress: 'Look at what else runs on this host: `top`.',
};

function advise({ latch, cause, count, hour, inHour }: TripPattern): Advice {
  const when =
    inHour >= FEWEST_TRIPS && inHour * 2 > count
      ? ` ${inHour} of them between ${hour}:00 and ${hour + 1}:00 UTC.`
      : '';
  const todo = WORDS[cause] ?? 'See `pmcp breaker history`.';
  return { topic: `${latch} latch`, words: `${count} trips by ${cause}.${when} ${todo}` };
}
