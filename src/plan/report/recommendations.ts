import type { PlanCheck } from '../check.ts';
import type { Evidence } from '../evidence.ts';
import type { RunMeta } from '../store.ts';

/** A figure this near to its limit is worth watching. */
const NEAR = 0.8;

/** From the evidence, the most urgent first. */
export function recommendationsOf(
  run: RunMeta,
  asked: readonly PlanCheck[],
  found: ReadonlyMap<string, Evidence>,
): string[] {
  const of = (result: string) => asked.filter(({ id }) => found.get(id)?.result === result);
  const list: string[] = [];
  const critical = of('FAIL').filter(({ severity }) => severity === 'Critical');
  if (critical.length > 0) {
    list.push(`Resolve first: ${critical.map(({ title }) => title).join('; ')}.`);
  }
  if (of('FAIL').length > 0) {
    list.push('After each fix, test again: `pmcp verify --resume` keeps what passed.');
  }
  const skipped = new Set(of('SKIPPED').map(({ id }) => found.get(id)?.detail));
  for (const why of skipped) list.push(`Make what was skipped possible: ${why}.`);
  if (of('INCONCLUSIVE').some(({ phase }) => phase === 3 || phase === 8)) {
    list.push('Measure performance on a quiet host and for longer: the noise hid the answer.');
  }
  if (run.quick) {
    list.push(
      'Repeat without --quick before a deployment: measurements were shorter than planned.',
    );
  }
  if (run.selfStarted) {
    list.push(
      'Verify the deployed installation too: this run was against one of its own, on paper.',
    );
  }
  for (const check of asked) {
    const words = nearWords(check, found.get(check.id));
    if (words !== undefined) list.push(words);
  }
  list.push('After a deployment: `pmcp review` each week, and keep the rollback plan ready.');
  return list;
}

/** Only where less is better: a threshold that is a ceiling, passed from below. */
function nearWords(check: PlanCheck, one: Evidence | undefined): string | undefined {
  const { figure, threshold, unit } = one ?? {};
  if (one?.result !== 'PASS' || figure === undefined || threshold === undefined) return undefined;
  if (unit !== 'ms' && unit !== 'MB') return undefined;
  if (figure < NEAR * threshold || figure > threshold) return undefined;
  return `Watch ${check.title}: ${figure} ${unit} of ${threshold} ${unit}.`;
}
