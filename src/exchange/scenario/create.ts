import { UsageError } from '../../errors.ts';
import { leadersFor } from './leaders.ts';
import { PRESETS } from './presets.ts';
import { createRecorded, recordedLeaders } from './recorded.ts';
import type { Scenario } from './scenario.ts';
import { createSynthetic } from './synthetic.ts';

const RECORDED = 'recorded:';

/** What `--scenario` accepts, a recorded file aside. */
export const SCENARIO_NAMES: readonly string[] = PRESETS.map((preset) => preset.name);

export function createScenario(name: string, seed: number): Scenario {
  if (name.startsWith(RECORDED)) return createRecorded(name.slice(RECORDED.length), seed);
  return createSynthetic(presetOf(name), seed);
}

/** The wallets that a scenario's leaders trade with: the same for the same seed. */
export function leadersOf(scenario: string, seed: number): { wallet: string; label: string }[] {
  const leaders = scenario.startsWith(RECORDED)
    ? recordedLeaders(scenario.slice(RECORDED.length), seed)
    : presetOf(scenario) && leadersFor(seed);
  return leaders.map(({ wallet, name }) => ({ wallet, label: name }));
}

function presetOf(name: string) {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (preset) return preset;
  throw new UsageError(`scenario ${JSON.stringify(name)} is not known`, {
    hint: `Use one of ${SCENARIO_NAMES.join(', ')}, or recorded:FILE.`,
  });
}
