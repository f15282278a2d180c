import type { PlanCheck } from './check.ts';
import { phase1 } from './phases/phase-1.ts';
import { phase2 } from './phases/phase-2.ts';
import { phase3 } from './phases/phase-3.ts';
import { phase4 } from './phases/phase-4.ts';
import { phase5 } from './phases/phase-5.ts';
import { phase6 } from './phases/phase-6.ts';
import { phase7 } from './phases/phase-7.ts';
import { phase8 } from './phases/phase-8.ts';

/** Every numbered step and every success criterion of the plan, in its order. */
export const checks: readonly PlanCheck[] = [
  phase1,
  phase2,
  phase3,
  phase4,
  phase5,
  phase6,
  phase7,
  phase8,
].flat();
