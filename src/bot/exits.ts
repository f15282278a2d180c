import { judgeExit, planExit } from '../core/exits.ts';
import type { Position } from '../core/ledger-types.ts';
import { formatMicro, type MicroShares } from '../core/money.ts';
import { DUST_SHARES_MICRO } from '../core/token-account.ts';
import { reasonOf } from '../errors.ts';
import type { OrderRow } from '../state/journal-rows.ts';
import { reserveFor } from './copy.ts';
import { durable } from './durable.ts';
import type { OwedSells } from './owed-sells.ts';
import type { Parts } from './parts.ts';
import type { Placement } from './place.ts';

export interface Exits {
  /** Judges every position and sells what must go. No breaker and no limit stands in the way. */
  look(): void;
  /** Sells everything of a token now, on an operator's word; why not, or undefined. */
  sellAll(tokenId: string, reason: string): string | undefined;
}

/** Least time between two attempts on one token: clock ms, and real ms. */
const RETRY_MS = 3000;
const RETRY_REAL_MS = 500;
/** A leader's sale that could not be followed for so long is left to the other exits. */
const OWED_MS = 3_600_000;

export function createExits(parts: Parts, placement: Placement, owedSells: OwedSells): Exits {
  const { clock, venue, books, settings, notice } = parts;
  const nextTick = new Map<string, number>();

  const sell = (
    position: Position,
    wanted: MicroShares,
    wallet: string,
    reason: string,
    detail: string,
  ): string | undefined => {
    const { tokenId } = position;
    nextTick.set(tokenId, performance.now() + Math.max(RETRY_REAL_MS, clock.realMs(RETRY_MS)));
    const shares = Math.min(wanted, settledShares(position));
    const market = venue.market(tokenId);
    const book = venue.book(tokenId);
    const plan = planExit(tokenId, shares, market, book, parts.policy().maxSlippage);
    if ('skip' in plan) return `${plan.skip}: ${plan.detail}`;
    const row = commitExit(parts, position, wallet, plan, `${reason}: ${detail}`);
    if (!row) return 'journal_unwritable: the order could not be journaled';
    placement.place(parts.orders.add(row, 0));
    const title = market?.title ?? tokenId;
    parts.emit({ kind: 'exit', tokenId, title, reason, orderId: row.orderId, detail });
    return undefined;
  };

  const follow = () => {
    const nowMs = clock.now();
    for (const owed of owedSells.all()) {
      const position = books.ledger.position(owed.tokenId);
      if (!position || nowMs - owed.sinceMs > OWED_MS) owedSells.drop(owed);
      else if (isDue(owed.tokenId)) {
        const shares = Math.min(owed.sharesMicro, books.ledger.sellable(owed.tokenId, owed.wallet));
        const detail = `the leader sold; ${formatMicro(shares)} shares are to follow`;
        if (shares >= DUST_SHARES_MICRO) sell(position, shares, owed.wallet, 'mirror', detail);
      }
    }
  };
  const isDue = (tokenId: string) => (nextTick.get(tokenId) ?? 0) <= performance.now();

  return {
    look() {
      if (parts.guard.has('journal_unwritable')) return;
      try {
        follow();
        for (const position of books.ledger.positions()) {
          if (!isDue(position.tokenId) || settledShares(position) < DUST_SHARES_MICRO) continue;
          const book = venue.book(position.tokenId);
          const verdict = judgeExit(position, book, clock.now(), settings.exits);
          if (verdict.kind !== 'exit') continue;
          const { sharesMicro, wallet } = position;
          sell(position, sharesMicro, wallet, verdict.reason, verdict.detail);
        }
      } catch (error) {
        notice('error', `exits could not be judged: ${reasonOf(error)}`);
      }
      for (const [tokenId, tick] of nextTick) {
        if (tick < performance.now() - 60_000) nextTick.delete(tokenId);
      }
    },
    sellAll(tokenId, reason) {
      const position = books.ledger.position(tokenId);
      if (!position) return 'no_position: nothing of this is held';
      return sell(position, position.sharesMicro, position.wallet, 'operator', reason);
    },
  };
}

/** What the chain has confirmed and nothing is selling: the venue takes no other shares. */
function settledShares(position: Position): MicroShares {
  const { sharesMicro, provisionalSharesMicro, pendingSellMicro } = position;
  return Math.max(0, sharesMicro - provisionalSharesMicro - pendingSellMicro);
}

type Plan = Exclude<ReturnType<typeof planExit>, { skip: unknown }>;

function commitExit(
  parts: Parts,
  position: Position,
  wallet: string,
  plan: Plan,
  detail: string,
): OrderRow | undefined {
  const { clock, venue, journal, books } = parts;
  const { tokenId, conditionId, eventSlug } = position;
  const atMs = clock.now();
  const { orderId, payload } = venue.sign(plan.draft, atMs);
  const row: OrderRow = {
    orderId,
    fillId: `exit:${tokenId}:${journal.exitCount(tokenId) + 1}`,
    kind: 'exit',
    wallet,
    tokenId,
    conditionId,
    eventSlug,
    side: 'SELL',
    draft: plan.draft,
    payload,
    limitMicro: plan.limitMicro,
    reserveMicro: 0,
    reserveSharesMicro: plan.reserveSharesMicro,
    status: 'signed',
    filledSharesMicro: 0,
    filledUsdcMicro: 0,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  const done = durable(parts, () =>
    books.record([reserveFor(row)], (tx) => {
      tx.order(row);
      tx.orderEvent({ orderId, atMs, kind: 'signed', detail });
    }),
  );
  return done ? row : undefined;
}
