/** Figures as people read them. An unknown one is a dash, never a zero. */

export const UNKNOWN = '\u2013';
const MINUS = '\u2212';

/** 12,345.67 from micro-USDC. */
export function usdc(micro: number | null): string {
  if (micro === null) return UNKNOWN;
  return plainNumber(micro / 1_000_000, 2);
}

/** As usdc, with a sign that is read and not only seen. */
export function signedUsdc(micro: number | null): string {
  if (micro === null) return UNKNOWN;
  const text = usdc(micro);
  return micro > 0 && text !== '0.00' ? `+${text}` : text;
}

export function plainNumber(value: number, digits: number): string {
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A duration in the unit in which it has one to three digits before the point. */
export function milliseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value >= 10_000) return `${plainNumber(value / 1000, 1)} s`;
  if (value >= 1000) return `${plainNumber(value / 1000, 2)} s`;
  if (value >= 100) return `${plainNumber(value, 0)} ms`;
  return `${plainNumber(value, value >= 10 ? 1 : 2)} ms`;
}

/** 3 s, 4 min, 2 h 5 min, 3 d 4 h. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** Minutes and seconds left, for a countdown. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds >= 3600) return duration(seconds * 1000);
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest} min`;
}

/** Local time of day; with its date when that is another day than today. */
export function clockTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString('en-GB');
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** snake_case as words. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** A decimal with the digits that its size deserves. */
export function chartNumber(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (unit === 'ms') return milliseconds(value);
  const digits = unit === 'USDC' ? 2 : Math.abs(value) >= 100 ? 0 : 1;
  const text = plainNumber(value, digits);
  return unit === '%' ? `${text} %` : `${text} ${unit}`;
}
