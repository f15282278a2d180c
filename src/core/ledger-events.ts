import { accountOf, append, fold, rebook, type State, settleTrade } from './ledger-state.ts';
import type { LedgerEvent } from './ledger-types.ts';
import { MICRO } from './money.ts';
import { type Reservation, use } from './reservations.ts';

type EventOf<Kind extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: Kind }>;

/** Books one event; false when it changes nothing. Throws RangeError before anything is changed. */
export function applyEvent(state: State, event: LedgerEvent): boolean {
  switch (event.kind) {
    case 'reserve':
      return reserve(state, event);
    case 'release':
      return state.reservations.delete(event.orderId);
    case 'fill':
      return bookFill(state, event);
    case 'confirm':
      return settle(state, event.tradeId, true);
    case 'void':
      return settle(state, event.tradeId, false);
    case 'resolve':
      return resolve(state, event);
    case 'redeem':
      return redeem(state, event);
    case 'adjust':
      return adjust(state, event);
    case 'day':
      return beginDay(state, event);
  }
}

function reserve(state: State, event: EventOf<'reserve'>): boolean {
  amount(event, 'cashMicro', event.cashMicro);
  amount(event, 'sharesMicro', event.sharesMicro);
  if (state.reservations.has(event.orderId)) return false;
  const { orderId, tokenId, conditionId, eventSlug, wallet, side, cashMicro, sharesMicro } = event;
  const reservation: Reservation = {
    orderId,
    tokenId,
    conditionId,
    eventSlug,
    wallet,
    side,
    cashMicro,
    sharesMicro,
    usedCashMicro: 0,
    usedSharesMicro: 0,
  };
  // A fill may be heard of before the order it belongs to, after a restart.
  for (const entry of state.accounts.get(tokenId)?.pending ?? []) {
    if (entry.kind === 'fill' && entry.orderId === orderId) use(reservation, entry, 1);
  }
  state.reservations.set(orderId, reservation);
  return true;
}

function bookFill(state: State, event: EventOf<'fill'>): boolean {
  amount(event, 'sharesMicro', event.sharesMicro);
  amount(event, 'usdcMicro', event.usdcMicro);
  amount(event, 'feeMicro', event.feeMicro);
  const { tradeId, orderId, side, wallet, sharesMicro, usdcMicro, feeMicro, atMs } = event;
  if (sharesMicro === 0 || state.openTrades.has(tradeId) || state.settledTrades.has(tradeId)) {
    return false;
  }
  const account = accountOf(state, event);
  use(reservationFor(state, orderId, event.tokenId), event, 1);
  state.openTrades.set(tradeId, event.tokenId);
  append(state, account, {
    kind: 'fill',
    seq: nextSeq(state),
    tradeId,
    orderId,
    side,
    wallet,
    sharesMicro,
    usdcMicro,
    feeMicro,
    atMs,
    final: false,
  });
  return true;
}

function reservationFor(state: State, orderId: string, tokenId: string): Reservation | undefined {
  const reservation = state.reservations.get(orderId);
  return reservation?.tokenId === tokenId ? reservation : undefined;
}

function settle(state: State, tradeId: string, confirmed: boolean): boolean {
  const tokenId = state.openTrades.get(tradeId);
  const account = tokenId === undefined ? undefined : state.accounts.get(tokenId);
  const entry = account?.pending.find((one) => one.kind === 'fill' && one.tradeId === tradeId);
  if (account === undefined || entry?.kind !== 'fill') return false;
  settleTrade(state, tradeId);
  if (confirmed) {
    entry.final = true;
    fold(state, account);
  } else {
    use(reservationFor(state, entry.orderId, account.ref.tokenId), entry, -1);
    account.pending.splice(account.pending.indexOf(entry), 1);
    rebook(state, account);
  }
  return true;
}

function resolve(state: State, event: EventOf<'resolve'>): boolean {
  amount(event, 'payoutMicro', event.payoutMicro);
  if (event.payoutMicro > MICRO) throw unsound(event, 'payoutMicro', event.payoutMicro);
  const account = state.accounts.get(event.tokenId);
  if (account === undefined || account.now.payoutMicro !== null) return false;
  const { payoutMicro, atMs } = event;
  append(state, account, { kind: 'resolve', seq: nextSeq(state), payoutMicro, atMs, final: true });
  return true;
}

function redeem(state: State, event: EventOf<'redeem'>): boolean {
  let changed = false;
  for (const account of [...state.accounts.values()]) {
    if (account.ref.conditionId !== event.conditionId || account.now.receivableMicro === 0)
      continue;
    const { atMs } = event;
    append(state, account, { kind: 'redeem', seq: nextSeq(state), atMs, final: true });
    changed = true;
  }
  return changed;
}

function adjust(state: State, event: EventOf<'adjust'>): boolean {
  if (!Number.isSafeInteger(event.cashMicro)) throw unsound(event, 'cashMicro', event.cashMicro);
  state.adjustmentsMicro += event.cashMicro;
  return event.cashMicro !== 0;
}

/** Days only go forward: a clock set back begins none. */
function beginDay(state: State, event: EventOf<'day'>): boolean {
  const { dayKey, equityMicro } = event;
  if (!Number.isSafeInteger(equityMicro)) throw unsound(event, 'equityMicro', equityMicro);
  if (state.day !== undefined && dayKey <= state.day.dayKey) return false;
  state.day = { dayKey, equityMicro, adjustmentsMicro: state.adjustmentsMicro };
  return true;
}

function nextSeq(state: State): number {
  state.seq += 1;
  return state.seq;
}

function amount(event: LedgerEvent, field: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw unsound(event, field, value);
}

function unsound(event: LedgerEvent, field: string, value: number): RangeError {
  return new RangeError(`ledger event ${event.kind}: ${field} cannot be ${value}`);
}
