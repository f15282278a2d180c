/** Short ways to write a rule down. */
import { type BreakerState, describe } from '../breaker.ts';
import type { AlertFacts, AlertRule, Answer, Finding, Severity } from './facts.ts';

export const MINUTE_MS = 60_000;

type Written = Omit<AlertRule, 'parents' | 'holdMs' | 'sent' | 'urgent'> & Partial<AlertRule>;
export const rule = (written: Written): AlertRule => ({
  parents: [],
  holdMs: 0,
  sent: true,
  urgent: false,
  ...written,
});

export function critical(detail: string): Finding {
  return { severity: 'critical', detail };
}

export function warning(detail: string): Finding {
  return { severity: 'warning', detail };
}

/** Degraded is a warning, critical as bad as the rule allows. */
export function component(name: string, worst: Severity) {
  return ({ components }: AlertFacts): Answer => {
    const found = components[name];
    if (!found || found.status === 'unknown') return 'unknown';
    if (found.status === 'critical') return { severity: worst, detail: found.message };
    return found.status === 'degraded' ? warning(found.message) : undefined;
  };
}

export function latch(state: BreakerState, whenTripped: Severity): Finding | undefined {
  if (state.kind === 'armed') return undefined;
  const detail = describe(state);
  return state.kind === 'tripped' ? { severity: whenTripped, detail } : warning(detail);
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
