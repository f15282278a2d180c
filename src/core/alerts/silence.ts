/** Silences: keys that are not sent for a while. They end by themselves. */

/** What somebody is at work with; `work`: anything else. */
export const MAINTENANCE_KINDS = ['deploy', 'rollback', 'work'] as const;
export type MaintenanceKind = (typeof MAINTENANCE_KINDS)[number];

export interface Silence {
  id: string;
  /** A key in which `*` stands for anything: `bot.*`, `*`. */
  glob: string;
  by: string;
  reason: string;
  fromMs: number;
  untilMs: number;
  /** Set when it is maintenance, which never holds back what is urgent. */
  maintenance?: MaintenanceKind;
}

/** Work that takes longer says so again: forgotten, it must not hide a night's alerts. */
export const LONGEST_MAINTENANCE_MS = 3_600_000;

/** A silence that nobody remembers is worse than none: it lasts a week at most. */
export const LONGEST_SILENCE_MS = 7 * 86_400_000;

/** Letters of keys, and `*`; nothing that could be an expression. */
export function isGlob(text: string): boolean {
  return /^[a-z0-9_.*]{1,60}$/.test(text);
}

/** Whether the whole key is meant. Linear in the key, whatever the pattern. */
function matches(glob: string, key: string): boolean {
  const parts = glob.split('*');
  const last = parts.pop() ?? '';
  if (parts.length === 0) return key === last;
  const [first = '', ...middle] = parts;
  if (!key.startsWith(first)) return false;
  let at = first.length;
  for (const part of middle) {
    const found = key.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return key.length - last.length >= at && key.endsWith(last);
}

/** `urgent`: maintenance is no reason to hold this one back. */
export function isSilenced(
  silences: Iterable<Silence>,
  { key, urgent }: { key: string; urgent: boolean },
  nowMs: number,
): boolean {
  for (const { glob, fromMs, untilMs, maintenance } of silences) {
    if (maintenance !== undefined && urgent) continue;
    if (fromMs <= nowMs && nowMs < untilMs && matches(glob, key)) return true;
  }
  return false;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `30m`, `2h`, `1d` in milliseconds; undefined when it is no such span, or too long. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  return ms > 0 && ms <= LONGEST_SILENCE_MS ? ms : undefined;
}

/** `42 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
