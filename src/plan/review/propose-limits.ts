/** Budgets and limits of the mcp process, from what it really takes. */
import { type ReviewInput, within } from './facts.ts';
import { gaugeOf, quantileFrom } from './figures.ts';
import { type Advice, type Advised, type Proposal, settingOf } from './proposal.ts';

/** Room above the highest hour before a limit is worth lowering to it. */
const ROOM = 1.5;
const FEWEST_HOURS = 72;
const BYTES_PER_MB = 1_000_000;

export function proposeLimits({ samples, week, settings }: ReviewInput): Advised {
  const hours = within(samples, week);
  const proposals: Proposal[] = [];
  const advice: Advice[] = [];
  const memory = gaugeOf(hours, 'mcpRssBytes').map((bytes) => bytes / BYTES_PER_MB);
  const cpu = gaugeOf(hours, 'mcpCpuPercent');
  const look = (key: string, values: readonly number[], unit: string, step: number) => {
    const from = settingOf(settings, key);
    const peak = quantileFrom(values, 1);
    if (peak === null || values.length < FEWEST_HOURS) return;
    const evidence = `the highest of ${values.length} hours took ${peak.toFixed(1)} ${unit}; the limit is ${from} ${unit}`;
    if (peak > 0.85 * from) {
      const words = `${evidence}. Find out what grew before anything is raised: \`pmcp status\`, \`pmcp bench --with-mcp\`.`;
      advice.push({ topic: key, words });
      return;
    }
    const to = Math.ceil((peak * ROOM) / step) * step;
    if (to > 0.6 * from) return;
    const reason =
      'The limit is far above what was ever taken: a lower one trips sooner on a leak.';
    proposals.push({ key, from, to, reason, evidence });
  };
  look('MCP_RESOURCE_LIMIT_MB', memory, 'MB', 50);
  look('MCP_RESOURCE_LIMIT_CPU_PERCENT', cpu, '%', 1);
  return { proposals, advice };
}
