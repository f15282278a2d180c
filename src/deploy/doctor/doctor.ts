import type { Examined } from './examine.ts';
import type { Diagnosis, DoctorCheck } from './findings.ts';
import { hostChecks } from './host-checks.ts';
import { installationChecks } from './installation-checks.ts';
import { networkChecks, serviceChecks } from './service-checks.ts';

/** In the order in which they are shown; a further check is one further entry. */
export const checks: readonly DoctorCheck[] = [
  ...hostChecks,
  ...installationChecks,
  ...serviceChecks,
  ...networkChecks,
];

export interface DoctorReport extends Diagnosis {
  name: string;
  about: DoctorCheck['about'];
}

export interface Verdict {
  /** Nothing failed. What could not be told stands among the findings, with how to tell it. */
  ready: boolean;
  findings: DoctorReport[];
}

export function diagnose(examined: Examined): Verdict {
  const findings = checks.map(({ name, about, judge }) => ({ name, about, ...judge(examined) }));
  return { ready: findings.every(({ result }) => result !== 'failed'), findings };
}
