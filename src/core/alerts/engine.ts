/**
 * From findings to what is told, and when. Pure: the state goes in and comes out.
 *
 * A key is one trouble. It is told once when it opens, at once when it gets worse, once more as
 * critical when nobody acknowledged it for half an hour, and once when it is over. One that comes
 * back waits: a warning until the duplicate window has passed since it was last told, a critical
 * alert, whose end was told and which is therefore news, only until the cooldown has.
 */
import type { AlertRule, Answer, Finding, Severity } from './facts.ts';

export interface Acknowledgement {
  by: string;
  atMs: number;
  falsePositive: boolean;
}

export interface TrackedAlert {
  id: string;
  key: string;
  severity: Severity;
  title: string;
  detail: string;
  raisedAtMs: number;
  resolvedAtMs: number | null;
  acknowledged: Acknowledgement | null;
  /** What the reader was told of this key: when it was last open, as what, and that it was over. */
  told: { atMs: number; severity: Severity; overAtMs: number | null } | null;
  escalatedAtMs: number | null;
  /** Openings since it was last told: it flaps. */
  untold: number;
}

export type EntryKind = 'raised' | 'worsened' | 'escalated' | 'resolved' | 'flapped';

/** One line of news. */
export interface Entry {
  kind: EntryKind;
  alert: TrackedAlert;
  rule: AlertRule;
}

/** What became of a trouble, for the metric. */
export type AlertResult = EntryKind | 'suppressed' | 'silenced' | 'duplicate';

export interface EngineState {
  /** The newest alert of each key. */
  alerts: ReadonlyMap<string, TrackedAlert>;
  /** Since when a finding holds that has not opened an alert yet. */
  pending: ReadonlyMap<string, number>;
  /** Why a trouble is not told at present, so that it is counted once. */
  held: ReadonlyMap<string, AlertResult>;
}

export const EMPTY_ENGINE: EngineState = { alerts: new Map(), pending: new Map(), held: new Map() };

export interface EngineSettings {
  windowMs: number;
  cooldownMs: number;
  escalateAfterMs: number;
}

export interface Look {
  rules: readonly AlertRule[];
  answers: ReadonlyMap<string, Answer>;
  nowMs: number;
  settings: EngineSettings;
  isSilenced(rule: AlertRule): boolean;
  newId(): string;
}

export interface Looked {
  state: EngineState;
  changed: TrackedAlert[];
  entries: Entry[];
  counts: { severity: Severity; result: AlertResult }[];
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

export function look(state: EngineState, at: Look): Looked {
  const alerts = new Map(state.alerts);
  const pending = new Map(state.pending);
  const held = new Map(state.held);
  const looked: Looked = { state: { alerts, pending, held }, changed: [], entries: [], counts: [] };
  for (const rule of at.rules) {
    const answer = at.answers.get(rule.key);
    const before = alerts.get(rule.key);
    if (answer === 'unknown') continue;
    const told = answer
      ? found(rule, answer, before, pending, at)
      : gone(rule, before, pending, at);
    if (answer === undefined || told.entry) held.delete(rule.key);
    if (told.held !== undefined && held.get(rule.key) !== told.held) {
      held.set(rule.key, told.held);
      looked.counts.push({ severity: answer?.severity ?? 'info', result: told.held });
    }
    if (told.alert && told.alert !== before) {
      alerts.set(rule.key, told.alert);
      looked.changed.push(told.alert);
    }
    if (told.alert && told.entry) {
      looked.counts.push({ severity: told.alert.severity, result: told.entry });
      looked.entries.push({ kind: told.entry, alert: told.alert, rule });
    }
  }
  return looked;
}

/** When a look is due because a condition will have held long enough; undefined: none waits. */
export function nextDueMs(
  { pending }: Pick<EngineState, 'pending'>,
  rules: readonly AlertRule[],
): number | undefined {
  const due = rules.flatMap(({ key, holdMs }) => {
    const sinceMs = pending.get(key);
    return sinceMs === undefined || holdMs === 0 ? [] : [sinceMs + holdMs];
  });
  return due.length === 0 ? undefined : Math.min(...due);
}

interface Told {
  alert?: TrackedAlert | undefined;
  entry?: EntryKind;
  held?: AlertResult;
}

function gone(
  rule: AlertRule,
  before: TrackedAlert | undefined,
  pending: Map<string, number>,
  { nowMs, settings, isSilenced }: Look,
): Told {
  pending.delete(rule.key);
  if (!before) return {};
  if (before.resolvedAtMs !== null) {
    const isDue = before.told && nowMs - before.told.atMs >= settings.windowMs;
    if (before.untold === 0 || !isDue || isSilenced(rule)) return {};
    return { alert: { ...before, untold: 0 }, entry: 'flapped' };
  }
  const alert = { ...before, resolvedAtMs: nowMs };
  // The end is told to whoever was told of the beginning, whatever is silent or hidden now.
  if (!before.told || before.told.overAtMs !== null) return { alert };
  return { alert: { ...alert, told: { ...before.told, overAtMs: nowMs } }, entry: 'resolved' };
}

function found(
  rule: AlertRule,
  finding: Finding,
  before: TrackedAlert | undefined,
  pending: Map<string, number>,
  at: Look,
): Told {
  const isOpen = before?.resolvedAtMs === null;
  const isHidden = rule.parents.some((key) => isFinding(at.answers.get(key)));
  if (!isOpen) {
    const sinceMs = pending.get(rule.key) ?? at.nowMs;
    pending.set(rule.key, sinceMs);
    if (at.nowMs - sinceMs < rule.holdMs) return {};
    // Hiding prevents an alert from being opened; it never closes one.
    if (isHidden) return { held: 'suppressed' };
    pending.delete(rule.key);
  }
  const opened = isOpen && before ? before : open(rule, finding, before, at);
  const alert = updated(opened, rule, finding);
  if (!rule.sent) return { alert };
  if (isHidden) return { alert, held: 'suppressed' };
  const news = newsOf(alert, at);
  if (news === undefined) return { alert };
  if (news === 'duplicate') return { alert, held: 'duplicate' };
  if (at.isSilenced(rule)) return { alert, held: 'silenced' };
  const severity = news === 'escalated' ? 'critical' : alert.severity;
  const told = { atMs: at.nowMs, severity, overAtMs: null };
  const escalatedAtMs = news === 'escalated' ? at.nowMs : alert.escalatedAtMs;
  return { alert: { ...alert, severity, told, escalatedAtMs, untold: 0 }, entry: news };
}

function isFinding(answer: Answer): boolean {
  return answer !== undefined && answer !== 'unknown';
}

/** The same alert again when the last one of this key is recent and nobody dealt with it. */
function open(
  rule: AlertRule,
  finding: Finding,
  before: TrackedAlert | undefined,
  { nowMs, settings, newId }: Look,
): TrackedAlert {
  const horizonMs = Math.max(settings.windowMs, settings.cooldownMs);
  const isRecent = before && nowMs - (before.told?.atMs ?? before.raisedAtMs) < horizonMs;
  const reopened = { raisedAtMs: nowMs, resolvedAtMs: null, escalatedAtMs: null };
  if (before && isRecent && !before.acknowledged) {
    return { ...before, ...reopened, severity: finding.severity, untold: before.untold + 1 };
  }
  return {
    id: newId(),
    key: rule.key,
    severity: finding.severity,
    title: rule.title,
    detail: finding.detail,
    acknowledged: null,
    told: isRecent ? before.told : null,
    untold: isRecent ? 1 : 0,
    ...reopened,
  };
}

/** Newest detail, worst severity; the same object when nothing changed. */
function updated(alert: TrackedAlert, rule: AlertRule, finding: Finding): TrackedAlert {
  // The reader knows an open alert by the title he was told.
  const isKnown = alert.told !== null && alert.told.overAtMs === null;
  const title = isKnown ? alert.title : (finding.title ?? rule.title);
  const isWorse = RANK[finding.severity] > RANK[alert.severity];
  if (!isWorse && alert.detail === finding.detail && alert.title === title) return alert;
  const severity = isWorse ? finding.severity : alert.severity;
  // What was acknowledged was the lesser trouble.
  const acknowledged = isWorse ? null : alert.acknowledged;
  return { ...alert, severity, title, detail: finding.detail, acknowledged };
}

function newsOf(
  alert: TrackedAlert,
  { nowMs, settings }: Look,
): 'raised' | 'worsened' | 'escalated' | 'duplicate' | undefined {
  const { told, severity, acknowledged } = alert;
  if (acknowledged) return undefined;
  if (!told) return 'raised';
  if (RANK[severity] > RANK[told.severity]) return told.overAtMs === null ? 'worsened' : 'raised';
  if (told.overAtMs === null) {
    const isOld = nowMs - alert.raisedAtMs >= settings.escalateAfterMs;
    const escalates = severity === 'warning' && isOld && alert.escalatedAtMs === null;
    return escalates ? 'escalated' : undefined;
  }
  const { windowMs, cooldownMs } = settings;
  const waitMs = severity === 'critical' ? cooldownMs : Math.max(windowMs, cooldownMs);
  return nowMs - told.atMs >= waitMs ? 'raised' : 'duplicate';
}
