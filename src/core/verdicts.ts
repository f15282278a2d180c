/**
 * From single checks to a verdict that does not flutter: three bad checks in a row to get worse,
 * two good ones to recover. Pure; the caller brings the time.
 */
import type { ComponentVerdict } from './status.ts';

/** What one check found. */
export interface Evidence {
  status: ComponentVerdict;
  /** What is the case and, when not healthy, what to do. */
  message: string;
  /** A fact, not a measurement that may be a blip (a dead process): believed at once. */
  certain?: boolean;
  /** Figures shown beside the verdict. */
  figures?: Readonly<Record<string, number>>;
}

export interface Verdict {
  status: ComponentVerdict;
  message: string;
  /** Since when `status` holds. */
  sinceMs: number;
  figures: Readonly<Record<string, number>>;
  /** Checks in a row that contradict `status`, all in one direction. */
  streak: { worse: boolean; count: number; status: ComponentVerdict } | undefined;
}

const CHECKS_TO_WORSEN = 3;
const CHECKS_TO_RECOVER = 2;

const severity: Partial<Record<ComponentVerdict, number>> = {
  healthy: 0,
  degraded: 1,
  critical: 2,
};

/** The verdict after one more check. */
export function judge(previous: Verdict | undefined, evidence: Evidence, nowMs: number): Verdict {
  const figures = evidence.figures ?? {};
  const adopt = (status: ComponentVerdict, message = evidence.message): Verdict => ({
    status,
    message,
    sinceMs: previous && previous.status === status ? previous.sinceMs : nowMs,
    figures,
    streak: undefined,
  });
  const before = previous && severity[previous.status];
  const found = severity[evidence.status];
  // Unknown and disabled are no degrees: what is unknown is never shown as healthy, not even once.
  if (!previous || before === undefined || found === undefined || evidence.certain) {
    return adopt(evidence.status);
  }
  if (found === before) return adopt(previous.status);

  const worse = found > before;
  const going = previous.streak?.worse === worse ? previous.streak : undefined;
  const count = (going?.count ?? 0) + 1;
  const status = going ? nearer(going.status, evidence.status, worse) : evidence.status;
  if (count >= (worse ? CHECKS_TO_WORSEN : CHECKS_TO_RECOVER)) return adopt(status);
  return { ...previous, figures, streak: { worse, count, status } };
}

/** All checks of a streak agree on at least this much. */
function nearer(a: ComponentVerdict, b: ComponentVerdict, worse: boolean): ComponentVerdict {
  const aIsMilder = (severity[a] ?? 0) < (severity[b] ?? 0);
  return aIsMilder === worse ? a : b;
}

/** The whole is as bad as its worst part; a part nobody can see is a degradation. */
export function overall(
  parts: Iterable<{ status: ComponentVerdict }>,
): 'healthy' | 'degraded' | 'critical' {
  let worst: 'healthy' | 'degraded' = 'healthy';
  for (const { status } of parts) {
    if (status === 'critical') return 'critical';
    if (status === 'degraded' || status === 'unknown') worst = 'degraded';
  }
  return worst;
}
