import type { Finding } from './evidence.ts';
import type { Need, Site } from './site.ts';
import type { PhaseNumber } from './words.ts';

export type Severity = 'Critical' | 'High' | 'Medium' | 'Low';

/** A numbered step or a success criterion of the plan. */
export interface PlanCheck {
  /** As in `phase-4/trips-on-memory`. */
  id: string;
  phase: PhaseNumber;
  /** In the plan's words. */
  title: string;
  /** When it is not made or does not pass, the installation is not ready. */
  required: boolean;
  /** Numbers of OBJECTIVES that it is evidence for. */
  objectives: readonly number[];
  /** Numbers of CRITERIA that it is evidence for. */
  criteria: readonly number[];
  /** Without these it is skipped. */
  needs: readonly Need[];
  /** How it is found out. */
  how: string;
  /** Of the issue when it fails. */
  severity: Severity;
  /** What to do when it fails. */
  fix: string;
  run(site: Site): Promise<Finding>;
}

type Short = Pick<PlanCheck, 'title' | 'how' | 'fix' | 'run'> &
  Partial<Pick<PlanCheck, 'required' | 'objectives' | 'criteria' | 'needs' | 'severity'>>;

/** Checks of a phase by the second half of their ids. */
export function checksOf(phase: PhaseNumber, checks: Record<string, Short>): PlanCheck[] {
  return Object.entries(checks).map(([name, check]) => ({
    required: true,
    objectives: [],
    criteria: [],
    needs: [],
    severity: 'High',
    ...check,
    id: `phase-${phase}/${name}`,
    phase,
  }));
}
