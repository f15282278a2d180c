import type { Interval } from './bootstrap.ts';

/** Three digits, whatever the size; a dash for what was not measured. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** `1.02 (0.99 to 1.05)`; a dash for an end that cannot be told. */
export function intervalWords({ estimate, low, high }: Interval): string {
  return `${figure(estimate)} (${figure(low)} to ${figure(high)})`;
}
