import { showAlerts } from './alerts.ts';
import { createCharts } from './charts.ts';
import { byId, h } from './dom.ts';
import { clockTime, duration } from './format.ts';
import { showLists } from './lists.ts';
import { showFoot, showOverview, tickBreaker } from './overview.ts';
import type { DashboardState } from './state.ts';
import { follow } from './stream.ts';
import { startTheme } from './theme.ts';

/** The page: shows each state that comes, and says so when none comes. */

let newest: { state: DashboardState; tick: number } | undefined;
const charts = createCharts();
startTheme(charts.redraw);

function show(state: DashboardState): void {
  newest = { state, tick: performance.now() };
  showOverview(state);
  showAlerts(state);
  showLists(state);
  showFoot(state);
  charts.state(state);
}

function tick(ageMs: number, allowedMs: number): void {
  const old = ageMs > allowedMs;
  document.body.classList.toggle('old', old);
  if (newest && !old) tickBreaker(newest.state.atMs + performance.now() - newest.tick);
  const live = byId('live');
  if (!newest) {
    live.textContent = old ? 'no answer' : 'connecting';
  } else {
    const at = clockTime(newest.state.realAtMs, Date.now());
    live.textContent = old ? `old: ${at}` : `live ${at}`;
  }
  notice(old, ageMs);
}

/** The first words are announced once; the age beside them is only seen. */
function notice(old: boolean, ageMs: number): void {
  const box = byId('stale');
  if (!old) {
    box.replaceChildren();
    return;
  }
  if (!box.firstChild) {
    const since = newest ? clockTime(newest.state.realAtMs, Date.now()) : '';
    const what = newest
      ? `These figures are old: pmcp has not answered since ${since}.`
      : 'pmcp does not answer.';
    const age = h('span', { 'aria-hidden': 'true', class: 'age' });
    box.replaceChildren(
      h('p', { class: 'notice' }, h('strong', {}, what), ' Trying to connect again. ', age),
    );
  }
  const age = box.querySelector('.age');
  if (age) age.textContent = `(${duration(ageMs)})`;
}

follow({ state: show, tick });
