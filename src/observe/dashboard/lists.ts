import { type Child, h, none, scrolling, table, time, update } from './dom.ts';
import {
  chartNumber,
  clockTime,
  count,
  milliseconds,
  plainNumber,
  signedUsdc,
  UNKNOWN,
  usdc,
  words,
} from './format.ts';
import { meter } from './meter.ts';
import type { DashboardState, DecisionState, ExposureState, ResourceState } from './state.ts';
import { statusBadge } from './status.ts';

/** The lower part of the page: what happens, and what it takes. */

export function showLists(state: DashboardState): void {
  const { bot, exposure, limits } = state;
  update('decisions', { decisions: state.decisions, skips: bot?.skips.slice(0, 6) }, () =>
    decisionList(state),
  );
  update('markets', [exposure.byMarket, limits.marketMicro] as const, ([markets, limit]) =>
    exposureTable('market', markets, limit),
  );
  update('wallets', [exposure.byWallet, limits.walletMicro] as const, ([wallets, limit]) =>
    exposureTable('wallet', wallets, limit),
  );
  update('resources', state.resources.map(rounded), (resources) => [resourceTable(resources)]);
  update('tools', state.tools, () => toolTable(state));
}

function decisionList({ decisions, bot, atMs }: DashboardState): Child[] {
  if (decisions.length === 0) return [none('No leader has traded yet.')];
  const rows = decisions.map((one) => [
    time(one.atMs, clockTime(one.atMs, atMs)),
    verdictOf(one),
    marketOf(one),
    one.usdcMicro === null ? UNKNOWN : usdc(one.usdcMicro),
  ]);
  const made = table(
    'The last decisions, newest first',
    [
      { title: 'Time' },
      { title: 'Decision' },
      { title: 'The leader’s trade' },
      { title: 'Ours, USDC', number: true },
    ],
    rows,
  );
  made.className = 'decisions';
  const reasons = (bot?.skips ?? []).slice(0, 6);
  const why = reasons.map(({ reason, count: times }) => `${words(reason)} ${count(times)}`);
  return [
    why.length > 0 ? h('p', { class: 'dim' }, `Skipped since the start: ${why.join(', ')}`) : null,
    scrolling('The last decisions', made),
  ];
}

function verdictOf({ result, reason, detail }: DecisionState): Child {
  const copied = result === 'copy';
  return h(
    'span',
    {},
    statusBadge(copied ? 'healthy' : 'disabled', copied ? 'copied' : words(reason)),
    copied || detail === '' ? null : h('span', { class: 'second' }, detail),
  );
}

function marketOf(one: DecisionState): Child {
  const side = one.side === 'BUY' ? 'bought' : 'sold';
  const shares = plainNumber(one.leaderMicro / 1_000_000, 1);
  const price = plainNumber(one.priceMicro / 1_000_000, 3);
  return h(
    'span',
    {},
    one.title,
    h('span', { class: 'second' }, `${one.wallet} ${side} ${shares} ${one.outcome} at ${price}`),
  );
}

function exposureTable(
  kind: 'market' | 'wallet',
  groups: readonly ExposureState[],
  limitMicro: number,
): Child[] {
  if (groups.length === 0) return [none('Nothing is at risk.')];
  const rows = groups.map(({ name, positions, costMicro, unrealisedMicro }) => [
    h(
      'span',
      {},
      h('span', { class: kind === 'wallet' ? 'mono' : 'title' }, name),
      positions > 1 ? h('span', { class: 'dim' }, ` ${positions} positions`) : null,
      meter(costMicro, limitMicro),
    ),
    usdc(costMicro),
    signedUsdc(unrealisedMicro),
  ]);
  const columns = [
    { title: kind === 'market' ? 'Market' : 'Wallet' },
    { title: 'At risk', number: true },
    { title: 'Open PnL', number: true },
  ];
  return [
    table(`At risk per ${kind}, in USDC`, columns, rows),
    h('p', { class: 'dim' }, `Limit per ${kind}: ${usdc(limitMicro)} USDC`),
  ];
}

function rounded(resource: ResourceState): ResourceState {
  const { used } = resource;
  return { ...resource, used: used === null ? null : Math.round(used * 10) / 10 };
}

function resourceTable(resources: readonly ResourceState[]): Child {
  const rows = resources.map(({ name, used, limit, unit, key }) => [
    h('span', { ...(key && { title: key }) }, name, meter(used, limit)),
    chartNumber(used, unit),
    limit === null ? UNKNOWN : chartNumber(limit, unit),
  ]);
  const columns = [
    { title: 'Resource' },
    { title: 'Used', number: true },
    { title: 'Limit', number: true },
  ];
  return table('Resources and their limits', columns, rows);
}

function toolTable({ tools, realAtMs }: DashboardState): Child[] {
  if (tools.length === 0) return [none('No tool was called since this process began.')];
  const rows = tools.map(({ server, tool, calls, errors, meanMs, lastAtMs }) => [
    h('span', {}, h('span', { class: 'mono' }, tool), h('span', { class: 'second' }, server)),
    count(calls),
    count(errors),
    milliseconds(meanMs),
    time(lastAtMs, clockTime(lastAtMs, realAtMs)),
  ]);
  const columns = [
    { title: 'Tool' },
    { title: 'Calls', number: true },
    { title: 'Failed', number: true },
    { title: 'Mean', number: true },
    { title: 'Last', number: true },
  ];
  return [scrolling('Calls of MCP tools', table('MCP tools by use', columns, rows))];
}
