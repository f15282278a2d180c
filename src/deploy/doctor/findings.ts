import type { Finding } from '../../core/validation.ts';
import type { Examined } from './examine.ts';

/** What a check found, and what to do about it. */
export interface Diagnosis extends Finding {
  /** How to mend it; only of what did not pass. */
  remedy?: string;
}

export interface DoctorCheck {
  name: string;
  about: 'host' | 'installation' | 'services' | 'network';
  judge(examined: Examined): Diagnosis;
}

export const ill = (detail: string, remedy: string): Diagnosis => ({
  result: 'failed',
  detail,
  remedy,
});

export const doubtful = (detail: string, remedy: string): Diagnosis => ({
  result: 'unknown',
  detail,
  remedy,
});

/** The text of a section; empty when the host said nothing. */
export function said({ details }: Pick<Examined, 'details'>, name: string): string {
  return (details.get(name) ?? '').trim();
}

/** `Key=value` lines of a section; of a key that comes twice the last. */
export function valuesOf(examined: Pick<Examined, 'details'>, name: string): Map<string, string> {
  const lines = said(examined, name).split('\n');
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
