import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, permits } from '../core/breaker.ts';
import type { Completeness } from '../core/completeness.ts';
import { countedLoss } from '../core/day-loss.ts';
import { notional } from '../core/money.ts';
import type { BotStatus, PositionReport } from '../core/status.ts';
import { DUST_SHARES_MICRO } from '../core/token-account.ts';
import { readFdLimit, readProcess } from '../host/vitals.ts';
import type { BreakerStore } from '../state/breaker-store.ts';
import { componentReports } from './component-reports.ts';
import type { Parts } from './parts.ts';

export interface StatusSource {
  build(): BotStatus;
  close(): void;
}

/** What is published once a second: a few dozen positions at most, so it is simply rebuilt. */
export function createStatusSource(
  parts: Parts,
  breaker: BreakerStore,
  completeness: Completeness,
): StatusSource {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const startTick = performance.now();
  const openFiles = createFileCount();
  return {
    close: () => void delay.disable(),
    build() {
      const { venue, books, orders, stats, policy } = parts;
      const { ledger, marks } = books;
      const totals = ledger.totals();
      const trading = breaker.state('trading');
      const { day } = breaker.set();
      const { allowed, reason } = entries(parts);
      const exposure = ledger.exposure({ tokenId: '', conditionId: '', eventSlug: '', wallet: '' });
      const loopDelayP99Ms = delay.percentile(99) / 1e6;
      delay.reset();
      const clockSkewMs = venue.clockSkewMs?.() ?? null;
      const uptimeSeconds = (performance.now() - startTick) / 1000;
      return {
        mode: venue.mode,
        entriesAllowed: allowed,
        entriesReason: reason,
        breaker: { trading, mcp: breaker.state('mcp') },
        cashMicro: totals.cashMicro,
        equityMicro: books.equityMicro(),
        exposureMicro: exposure.totalMicro,
        reservedMicro: totals.reservedMicro,
        dailyPnlMicro: ledger.dailyPnl(marks.markOf),
        dailyLossMicro: day ? countedLoss(day) : 0,
        realisedPnlMicro: totals.realisedMicro,
        unrealisedPnlMicro: ledger.unrealised(marks.markOf),
        feesMicro: totals.feesMicro,
        positions: positions(parts),
        openOrders: orders.count,
        unknownOrders: orders.unknownCount(),
        followedWallets: policy().wallets.size,
        decisions: { ...stats.decisions },
        orders: { ...stats.orders },
        latency: {
          feed: stats.feed.summary(),
          internal: stats.internal.summary(),
          ack: stats.ack.summary(),
        },
        discovery: discovery(parts, completeness),
        components: componentReports({
          guard: parts.guard,
          breaker: parts.desk.state(),
          followedWallets: policy().wallets.size,
          openOrders: orders.count,
          unknownOrders: orders.unknownCount(),
          feedAwaited: notHeardYet(parts),
          uptimeSeconds,
          clockSkewMs,
        }),
        vitals: {
          rssBytes: process.memoryUsage.rss(),
          cpuSeconds: cpuSeconds(),
          loopDelayP99Ms: Number.isFinite(loopDelayP99Ms) ? loopDelayP99Ms : 0,
          uptimeSeconds,
          clockSkewMs,
          ...openFiles(),
        },
      };
    },
  };
}

const COUNT_FILES_EVERY_MS = 10_000;

/** Counted seldom: it costs more than the rest of the status. */
function createFileCount() {
  let counted = { fds: null as number | null, fdLimit: null as number | null };
  let countedTick = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - countedTick >= COUNT_FILES_EVERY_MS) {
      const { pid } = process;
      counted = { fds: readProcess(pid)?.fds ?? null, fdLimit: readFdLimit(pid) ?? null };
      countedTick = performance.now();
    }
    return counted;
  };
}

function entries({ desk, guard }: Parts): { allowed: boolean; reason: string } {
  const state = desk.state();
  if (!permits(state, 'enter')) return { allowed: false, reason: describe(state) };
  const block = guard.current();
  if (block) return { allowed: false, reason: `${block.reason}: ${block.detail}` };
  return { allowed: true, reason: state.kind === 'armed' ? '' : describe(state) };
}

function positions({ books, venue }: Parts): PositionReport[] {
  const open = books.ledger.positions().filter((item) => item.sharesMicro >= DUST_SHARES_MICRO);
  return open.map((position) => {
    const { tokenId, conditionId, sharesMicro, provisionalSharesMicro, costMicro } = position;
    const market = venue.market(tokenId);
    const index = market?.tokenIds.indexOf(tokenId);
    const markMicro = books.marks.markOf(tokenId) ?? null;
    return {
      tokenId,
      conditionId,
      title: market?.title ?? tokenId,
      outcome: market?.outcomes[index ?? -1] ?? '',
      sharesMicro,
      provisionalSharesMicro,
      costMicro,
      markMicro,
      unrealisedMicro:
        markMicro === null ? null : notional(sharesMicro, markMicro, 'down') - costMicro,
      wallet: position.wallet,
      openedAtMs: position.openedAtMs,
    };
  });
}

function discovery(
  { venue, clock, guard }: Parts,
  completeness: Completeness,
): BotStatus['discovery'] {
  const { connected, lastMessageAtMs, rows, quarantined, reconnects } = venue.feedHealth();
  return {
    connected,
    blind: guard.has('blind'),
    lastMessageAgeMs:
      lastMessageAtMs === undefined ? null : Math.max(0, clock.now() - lastMessageAtMs),
    completeness: completeness.ratio(clock.now()),
    rows,
    quarantined,
    reconnects,
  };
}

/** Too early to call the live feed silent: entries wait, but nothing is wrong yet. */
function notHeardYet({ venue, settings }: Parts): boolean {
  const { lastMessageAtMs } = venue.feedHealth();
  return lastMessageAtMs === undefined && process.uptime() * 1000 < settings.feedSilenceMs;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
