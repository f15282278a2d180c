import type { PositionReport } from '../../core/status.ts';
import type { ExposureState } from '../dashboard/state.ts';

/** Beyond these a page is no overview; the rest is one line. */
const SHOWN = 12;

/** What is at risk per market or wallet, largest first. */
export function exposureBy(
  positions: readonly PositionReport[],
  key: 'conditionId' | 'wallet',
  nameOf: (position: PositionReport) => string,
): ExposureState[] {
  const groups = Map.groupBy(positions, (position) => position[key]);
  const all = [...groups.values()]
    .map((group) => ({ group, state: summed(group[0] ? nameOf(group[0]) : '', group) }))
    .sort((a, b) => b.state.costMicro - a.state.costMicro);
  if (all.length <= SHOWN) return all.map(({ state }) => state);
  const others = all.slice(SHOWN - 1);
  const rest = summed(
    `${others.length} others`,
    others.flatMap(({ group }) => group),
  );
  return [...all.slice(0, SHOWN - 1).map(({ state }) => state), rest];
}

function summed(name: string, group: readonly PositionReport[]): ExposureState {
  const costMicro = group.reduce((sum, { costMicro: cost }) => sum + cost, 0);
  const marked = group.every(({ unrealisedMicro }) => unrealisedMicro !== null);
  const unrealised = group.reduce((sum, { unrealisedMicro: pnl }) => sum + (pnl ?? 0), 0);
  return { name, positions: group.length, costMicro, unrealisedMicro: marked ? unrealised : null };
}
