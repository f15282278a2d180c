/** The memory limit of the mcp process, from what it really takes. */
import { type ReviewInput, within } from './facts.ts';
import { gaugeOf, quantileFrom } from './figures.ts';
import { type Advised, settingOf } from './proposal.ts';

/** History keeps hourly means; a peak within the hour has this much room. */
const ROOM = 2;
const STEP_MB = 50;
const FEWEST_HOURS = 72;
const BYTES_PER_MB = 1_000_000;

export function proposeLimits({ samples, week, settings }: ReviewInput): Advised {
  const key = 'MCP_RESOURCE_LIMIT_MB';
  const from = settingOf(settings, key);
  const hours = gaugeOf(within(samples, week), 'mcpRssBytes');
  const bytes = quantileFrom(hours, 1);
  if (bytes === null || hours.length < FEWEST_HOURS) return { proposals: [], advice: [] };
  const highestMb = bytes / BYTES_PER_MB;
  const evidence =
    `the highest of ${hours.length} hourly means is ${highestMb.toFixed(1)} MB; ` +
    `the limit is ${from} MB`;
  if (highestMb > 0.85 * from) {
    const words =
      `${evidence}. Find out what grew before anything is raised: \`pmcp status\`, ` +
      `\`pmcp bench --with-mcp\`.`;
    return { proposals: [], advice: [{ topic: key, words }] };
  }
  const to = Math.ceil((highestMb * ROOM) / STEP_MB) * STEP_MB;
  if (to > 0.6 * from) return { proposals: [], advice: [] };
  const reason = 'The limit is far above what was ever taken: a lower one trips sooner on a leak.';
  return { proposals: [{ key, from, to, reason, evidence }], advice: [] };
}
