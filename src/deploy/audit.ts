import type { Host } from './host.ts';
import type { Layout } from './layout.ts';
import { must, script } from './shell.ts';
import type { Step } from './step.ts';

/** What happened on a host, for those who ask later. Never holds a secret. */
export const AUDIT_EVENTS = [
  'deploy-started',
  'installed',
  'backed-up',
  'switched',
  'deployed',
  'deploy-failed',
  'revert-started',
  'reverted',
  'revert-failed',
  'rollback-started',
  'rolled-back',
  'rollback-failed',
  'mcp-stopped',
  'restored',
  'marked',
  'pruned',
  'unlocked',
] as const;
export type AuditKind = (typeof AUDIT_EVENTS)[number];

export interface AuditEvent {
  /** ISO time. */
  at: string;
  event: AuditKind;
  /** Who acted: the operator, or `dead-man`. */
  by: string;
  release?: string;
  /** The release that was current before. */
  from?: string;
  detail?: string;
  durationMs?: number;
  /** `installed`: sha256 of manifest.json, so that a manifest changed later is noticed. */
  manifestSha256?: string;
}

export interface AuditLog {
  /** Oldest first. */
  events: AuditEvent[];
  /** Lines that are none: torn by a crash, or foreign. */
  unreadable: number;
}

/** Ends a torn line first, so that a crash costs one line and never two. */
const APPEND = `umask 027
line=$(cat)
exec 9>>"$1.guard"
flock -w 15 9
[ -z "$(tail -c 1 "$1" 2>/dev/null)" ] || echo >>"$1"
printf '%s\\n' "$line" >>"$1"
sync "$1"`;

/** Durable when it has run. */
export function auditStep(layout: Layout, event: AuditEvent): Step {
  return {
    id: `audit:${event.event}`,
    title: `note "${event.event}" in ${layout.audit}`,
    reason: 'every change of a host is on record there',
    argv: script(APPEND, layout.audit),
    input: `${JSON.stringify(event)}\n`,
    timeoutMs: 20_000,
  };
}

export async function appendAudit(host: Host, layout: Layout, event: AuditEvent): Promise<void> {
  const { argv, input, timeoutMs } = auditStep(layout, event);
  await must(host, 'the audit', argv, { timeoutMs, ...(input ? { input } : {}) });
}

/** The latest events, at most `limit`. */
export async function readAudit(host: Host, layout: Layout, limit = 1000): Promise<AuditLog> {
  const read = '[ ! -e "$1" ] || tail -n "$2" "$1"';
  const argv = script(read, layout.audit, String(limit));
  const { stdout } = await must(host, 'reading the audit', argv, { timeoutMs: 20_000 });
  return parseAudit(stdout);
}

/** Tolerates a torn last line, and any other that is not an event. */
export function parseAudit(text: string): AuditLog {
  const log: AuditLog = { events: [], unreadable: 0 };
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const event = parseEvent(line);
    if (event) log.events.push(event);
    else log.unreadable += 1;
  }
  return log;
}

function parseEvent(line: string): AuditEvent | undefined {
  try {
    const value = JSON.parse(line) as Partial<AuditEvent> | null;
    const known = AUDIT_EVENTS.some((kind) => kind === value?.event);
    const whole =
      known && typeof value?.by === 'string' && !Number.isNaN(Date.parse(value.at ?? ''));
    return whole ? (value as AuditEvent) : undefined;
  } catch {
    return undefined;
  }
}
