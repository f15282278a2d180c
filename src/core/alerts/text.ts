import type { Entry, EntryKind } from './engine.ts';
import { type Silence, spanWords } from './silence.ts';

/** Telegram takes 4096 characters; the rest is for the remark that it comes late. */
const MAX_MESSAGE_CHARS = 3_900;
const MAX_ENTRIES = 8;
const MAX_DETAIL_CHARS = 400;

export interface Heading {
  environment: string;
  nowMs: number;
}

/** Everything of one look in one message, the worst first. */
export function messageOf(entries: readonly Entry[], heading: Heading): string {
  const sorted = [...entries].sort((a, b) => weight(a) - weight(b));
  const shown = sorted.slice(0, MAX_ENTRIES).map((entry) => paragraph(entry, heading.nowMs));
  const more = sorted.length - shown.length;
  if (more > 0) shown.push(`and ${more} more: \`pmcp alerts list\``);
  return clip(`[${heading.environment}] ${shown.join('\n\n')}`);
}

function weight({ kind, alert }: Entry): number {
  if (kind === 'resolved' || kind === 'flapped') return 2;
  return alert.severity === 'critical' ? 0 : 1;
}

function paragraph({ kind, alert, rule }: Entry, nowMs: number): string {
  const { title, id, key, raisedAtMs } = alert;
  const detail = shorten(alert.detail.slice(0, MAX_DETAIL_CHARS));
  if (kind === 'resolved') {
    return `RESOLVED: ${title}, after ${spanWords(nowMs - raisedAtMs)}\n${key} · ${id}`;
  }
  if (kind === 'flapped') {
    return `OVER, BUT IT CAME AND WENT: ${title}, last at ${time(raisedAtMs)}\n${key} · ${id}`;
  }
  const open = nowMs - raisedAtMs >= 60_000 ? ` (for ${spanWords(nowMs - raisedAtMs)})` : '';
  const since = `since ${time(raisedAtMs)}${open} · ${key} · ${id}`;
  return `${word(kind, alert.severity)}: ${title}\n${detail}\n${since}\nDo: ${rule.todo}`;
}

function word(kind: EntryKind, severity: string): string {
  if (kind === 'escalated') return 'ESCALATED TO CRITICAL, nobody acknowledged it';
  return kind === 'worsened' ? `NOW ${severity.toUpperCase()}` : severity.toUpperCase();
}

/** Said without a sound when maintenance begins, and when somebody ends it. */
export function maintenanceText(
  environment: string,
  kind: 'begun' | 'ended',
  { maintenance, reason, fromMs, untilMs }: Silence,
  by: string,
): string {
  const what = `${maintenance} by ${by}: ${shorten(reason)}`;
  if (kind === 'ended') return clip(`[${environment}] MAINTENANCE OVER, ${what}`);
  const span = `for ${spanWords(untilMs - fromMs)} at most, until ${time(untilMs)}`;
  return clip(
    `[${environment}] MAINTENANCE ${span}, ${what}\n` +
      'Only what is urgent is told meanwhile; what still holds then is told then.',
  );
}

/** What stands before a message that had to wait. */
export function lateRemark(lateMs: number): string {
  return `(late by ${spanWords(lateMs)}: it could not be sent before)`;
}

/**
 * For a chat on somebody else's server: wallet addresses and hashes shortened, and whatever looks
 * like a bot token removed.
 */
export function shorten(text: string): string {
  return text
    .replace(/\b0x([0-9a-fA-F]{4})[0-9a-fA-F]{32,}([0-9a-fA-F]{4})\b/g, '0x$1…$2')
    .replace(/\d{6,}:[\w-]{30,}/g, '[redacted]');
}

export function clip(text: string): string {
  return text.length <= MAX_MESSAGE_CHARS ? text : `${text.slice(0, MAX_MESSAGE_CHARS - 2)} …`;
}

/** `2026-05-03 12:04:31Z`. */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
