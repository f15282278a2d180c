import type { Result } from '../evidence.ts';
import type { RunMeta } from '../store.ts';
import type { Report } from './model.ts';

/** Words that every format of the report says alike. */
export function dateOf({ startedAt }: RunMeta): string {
  return `${startedAt.slice(0, 16).replace('T', ' ')} UTC`;
}

export function environmentOf({ target, host, selfStarted }: RunMeta): string {
  const name = target === 'staging' ? 'Staging' : 'Production';
  const own = selfStarted ? ', an installation of its own on paper' : '';
  return `${name} on ${host}${own}`;
}

export function resultWords(result: Result | 'NOT CHECKED'): string {
  if (result === 'PASS' || result === 'FAIL') return result;
  return result === 'INCONCLUSIVE' ? 'INCONCLUSIVE' : `FAIL (${result})`;
}

export function overall({ verdict }: Report): string {
  if (verdict === 'READY') return 'PASS';
  return verdict === 'NOT READY' ? 'FAIL' : 'INCONCLUSIVE';
}

export function assessment({ verdict, partial, run }: Report): string {
  if (verdict === 'READY' && partial) {
    return `NOT READY (phases ${run.phases.join(', ')} pass; the others were not run)`;
  }
  return verdict === 'INCONCLUSIVE' ? 'NOT READY (INCONCLUSIVE)' : verdict;
}

/** What a reader must know before he believes the rest. */
export function remarks({ run, partial }: Report): string[] {
  const lines: string[] = [];
  if (run.quick) lines.push('Quick run: measurements were shorter than the plan’s durations.');
  if (partial) lines.push(`Only phases ${run.phases.join(', ')} were run.`);
  if (run.selfStarted) {
    lines.push('Verified against an installation of its own: paper exchange, bot and mcp process.');
  }
  if (run.finishedAt === null) lines.push('Interrupted: `pmcp verify --resume` goes on with it.');
  const commit = run.commit === null ? 'unknown commit' : `commit ${run.commit}`;
  lines.push(`Run ${run.id} of pmcp ${run.pmcpVersion}, ${commit}.`);
  return lines;
}

/** The template's, for a verdict of READY. */
export const READY_STEPS = [
  'Can proceed to production deployment',
  'Monitor for 24 hours before enabling auto-features',
  'Keep rollback plan ready',
];

export const BLOCK_RULES = [
  'Critical issues must be resolved',
  'All phases must pass',
  'Performance must meet targets',
];
