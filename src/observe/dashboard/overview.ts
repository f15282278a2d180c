import { byId, type Child, h, none, table, time, update } from './dom.ts';
import {
  clockTime,
  count,
  countdown,
  duration,
  milliseconds,
  plainNumber,
  signedUsdc,
  UNKNOWN,
  usdc,
} from './format.ts';
import { meter } from './meter.ts';
import type { BotState, DashboardState } from './state.ts';
import { statusBadge, statusIcon } from './status.ts';
import { componentName, describeBreaker } from './wording.ts';

/** The upper part of the page: the verdict, what it rests on, and the breaker. */

export function showOverview(state: DashboardState): void {
  update(
    'where',
    [state.environment, state.bot?.mode ?? '', state.release],
    ([place, mode, release]) => [
      h('span', { class: 'tag' }, place ?? ''),
      mode ? h('span', { class: 'tag' }, mode) : null,
      h('span', { class: 'dim' }, `release ${release}`),
    ],
  );
  showVerdict(state);
  update('figures', figuresOf(state), (figures) => figures.map(figureTile));
  update('components', { components: state.components, day: dayOf(state.realAtMs) }, () => [
    componentTable(state),
  ]);
  update('breaker', { breaker: state.bot?.breaker, problem: state.botProblem }, () =>
    breakerCards(state),
  );
  tickBreaker(state.atMs);
}

function showVerdict(state: DashboardState): void {
  const bad = state.components.filter(
    ({ status }) => status === 'critical' || status === 'degraded',
  );
  const unknown = state.components.filter(({ status }) => status === 'unknown');
  const data = {
    verdict: state.verdict,
    bad: bad.map(({ name }) => name),
    unknown: unknown.map(({ name }) => name),
  };
  update('verdict', data, () => [
    statusIcon(state.verdict),
    h(
      'div',
      {},
      h('h1', {}, `pmcp is ${state.verdict}`),
      h('p', {}, sentence(data.bad, data.unknown, state.components.length)),
    ),
  ]);
  const mark = { healthy: '', degraded: '! ', critical: '!! ' }[state.verdict];
  document.title = `${mark}pmcp: ${state.verdict}`;
  byId('verdict').className = `verdict ${state.verdict}`;
}

function sentence(bad: readonly string[], unknown: readonly string[], all: number): string {
  const list = (names: readonly string[]) => names.map(componentName).join(', ');
  const parts: string[] = [];
  if (bad.length > 0) parts.push(`Look at: ${list(bad)}.`);
  if (unknown.length > 0) parts.push(`Not known: ${list(unknown)}.`);
  return parts.join(' ') || `None of ${all} components needs you.`;
}

interface Figure {
  name: string;
  value: string;
  note: string;
  used?: number;
  limit?: number;
}

function figuresOf({ bot, limits }: DashboardState): Figure[] {
  if (!bot) return [{ name: 'Bot', value: UNKNOWN, note: 'Its figures are not known now.' }];
  const { discovery, latency } = bot;
  const share = discovery.completeness;
  return [
    { name: 'Equity', value: usdc(bot.equityMicro), note: `${usdc(bot.cashMicro)} in cash, USDC` },
    {
      name: 'PnL today',
      value: signedUsdc(bot.dailyPnlMicro),
      note: `fees so far ${usdc(bot.feesMicro)}`,
    },
    {
      name: 'Loss today',
      value: usdc(bot.dailyLossMicro),
      note: `of ${usdc(limits.dailyLossMicro)} that trip the breaker`,
      used: bot.dailyLossMicro,
      limit: limits.dailyLossMicro,
    },
    { name: 'Realised PnL', value: signedUsdc(bot.realisedPnlMicro), note: 'of closed positions' },
    {
      name: 'Open PnL',
      value: signedUsdc(bot.unrealisedPnlMicro),
      note: `in ${count(bot.positions)} positions`,
    },
    {
      name: 'Exposure',
      value: usdc(bot.exposureMicro),
      note: `of ${usdc(limits.totalMicro)} at most`,
      used: bot.exposureMicro,
      limit: limits.totalMicro,
    },
    entriesFigure(bot),
    {
      name: 'Decisions',
      value: `${count(bot.copied)} copied`,
      note: `${count(bot.skipped)} skipped; ${count(bot.followedWallets)} wallets`,
    },
    {
      name: 'Discovery',
      value: share === null ? UNKNOWN : `${plainNumber(share * 100, 1)} %`,
      note: discoveryNote(bot),
    },
    {
      name: 'Latency, internal',
      value: latency.internal.count === 0 ? UNKNOWN : milliseconds(latency.internal.p99Ms),
      note:
        latency.internal.count === 0
          ? 'nothing placed yet'
          : `p99; p50 ${milliseconds(latency.internal.p50Ms)}`,
    },
  ];
}

function entriesFigure(bot: BotState): Figure {
  const orders = `${count(bot.openOrders)} open orders`;
  const unknown = bot.unknownOrders > 0 ? `, ${count(bot.unknownOrders)} unknown` : '';
  return {
    name: 'New trades',
    value: bot.entriesAllowed ? 'allowed' : 'held',
    note: bot.entriesAllowed ? `${orders}${unknown}` : bot.entriesReason,
  };
}

function discoveryNote({ discovery }: BotState): string {
  if (discovery.blind) return 'blind: new trades are held';
  if (!discovery.connected) return 'the feed is not connected';
  const rows = `${count(discovery.rows)} rows`;
  const odd = discovery.quarantined > 0 ? `, ${count(discovery.quarantined)} set aside` : '';
  return `complete; ${rows}${odd}, ${count(discovery.reconnects)} reconnects`;
}

function figureTile({ name, value, note, used, limit }: Figure): Child {
  return h(
    'div',
    {},
    h('dt', {}, name),
    h('dd', { class: 'value' }, value),
    h('dd', { class: 'note' }, meter(used ?? null, limit ?? null), note),
  );
}

function componentTable(state: DashboardState): Child {
  const rows = state.components.map(({ name, status, message, sinceMs }) => [
    componentName(name),
    statusBadge(status),
    h('span', {}, message),
    time(sinceMs, clockTime(sinceMs, state.realAtMs)),
  ]);
  const columns = [
    { title: 'Component' },
    { title: 'Status' },
    { title: 'What is the case, and what to do' },
    { title: 'Since' },
  ];
  const made = table('Health of every component', columns, rows);
  made.className = 'components';
  return made;
}

/** A day later the times need their date. */
function dayOf(atMs: number): string {
  return new Date(atMs).toDateString();
}

function breakerCards({ bot, botProblem }: DashboardState): Child[] {
  if (!bot) return [none(`Not known while the bot is silent. ${botProblem}`)];
  return (['trading', 'mcp'] as const).map((latch) => {
    const { status, headline, explanation, untilMs } = describeBreaker(latch, bot.breaker[latch]);
    const left = untilMs === null ? null : h('p', { class: 'left', 'data-until': String(untilMs) });
    return h(
      'div',
      { class: 'latch' },
      h('h3', {}, latch === 'trading' ? 'Trading' : 'MCP'),
      statusBadge(status, headline),
      h('p', {}, explanation),
      left,
    );
  });
}

/** The time left of a tripped breaker, by the clock of trading. */
export function tickBreaker(nowMs: number): void {
  for (const element of byId('breaker').querySelectorAll('[data-until]')) {
    const untilMs = Number(element.getAttribute('data-until'));
    element.textContent = untilMs > nowMs ? `${countdown(untilMs - nowMs)} left` : 'about to probe';
  }
}

export function showFoot({ bot, release }: DashboardState): void {
  const uptime = bot ? `The bot runs since ${duration(bot.uptimeSeconds * 1000)}.` : '';
  update('foot', { release, minutes: Math.floor((bot?.uptimeSeconds ?? 0) / 60) }, () => [
    h(
      'p',
      {},
      `${uptime} Money in USDC, times local. `,
      h('a', { href: '/plain' }, 'Without script'),
      ' · ',
      h('a', { href: '/health' }, 'health as JSON'),
    ),
  ]);
}
