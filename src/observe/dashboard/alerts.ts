import { byId, type Child, h, none, time, update } from './dom.ts';
import { clockTime, count } from './format.ts';
import type { AlertState, DashboardState, SilenceState } from './state.ts';
import { statusBadge } from './status.ts';

const STATUS = { info: 'unknown', warning: 'degraded', critical: 'critical' } as const;

export function showAlerts({ alerts, atMs }: DashboardState): void {
  update('alerts', alerts, () => {
    const { active, activeTotal, recent, silences } = alerts;
    const hidden = activeTotal - active.length;
    return [
      ...silences.map((silence) => held(silence, atMs)),
      active.length === 0 ? none('No alert is active.') : list(active, atMs),
      hidden > 0 ? h('p', { class: 'dim' }, `and ${count(hidden)} more`) : null,
      recent.length > 0 ? resolved(recent, atMs) : null,
    ];
  });
}

function held({ what, maintenance, by, reason, untilMs }: SilenceState, nowMs: number): Child {
  const words = maintenance
    ? `Maintenance (${what}): only what is urgent is sent`
    : `Nothing of ${what} is sent`;
  return h(
    'p',
    { class: 'held' },
    h('strong', {}, words),
    ' until ',
    time(untilMs, clockTime(untilMs, nowMs)),
    `, by ${by}: ${reason}`,
  );
}

function list(alerts: readonly AlertState[], nowMs: number): Child {
  return h('ul', { class: 'alerts' }, ...alerts.map((alert) => item(alert, nowMs)));
}

function item(alert: AlertState, nowMs: number): Child {
  const { id, severity, title, detail, raisedAtMs, resolvedAtMs, acknowledged } = alert;
  const end = resolvedAtMs === null ? '' : `, resolved ${clockTime(resolvedAtMs, nowMs)}`;
  return h(
    'li',
    {},
    statusBadge(STATUS[severity], severity),
    h('strong', {}, title),
    h('p', {}, detail),
    h('p', { class: 'dim' }, time(raisedAtMs, clockTime(raisedAtMs, nowMs)), end),
    acknowledged
      ? h('p', { class: 'dim' }, `acknowledged by ${acknowledged.by}`)
      : resolvedAtMs === null
        ? acknowledgeButton(id, title)
        : null,
  );
}

function acknowledgeButton(id: string, title: string): HTMLElement {
  const attributes = { type: 'button', 'data-key': id, 'aria-label': `Acknowledge: ${title}` };
  const button = h('button', attributes, 'Acknowledge');
  button.addEventListener('click', () => void acknowledge(id, title));
  return button;
}

async function acknowledge(id: string, title: string): Promise<void> {
  const result = byId('alerts-result');
  try {
    const answer = await fetch(`/api/alerts/${encodeURIComponent(id)}/ack`, {
      method: 'POST',
      headers: { 'X-Pmcp-Dashboard': '1' },
    });
    result.className = answer.ok ? 'hidden' : 'problem';
    result.textContent = answer.ok
      ? `Acknowledged: ${title}`
      : `Not acknowledged: ${await answer.text()}`;
  } catch {
    result.className = 'problem';
    result.textContent = 'Not acknowledged: pmcp does not answer.';
  }
}

function resolved(alerts: readonly AlertState[], nowMs: number): Child {
  return h(
    'details',
    {},
    h('summary', { 'data-key': 'resolved' }, `${count(alerts.length)} resolved`),
    list(alerts, nowMs),
  );
}
