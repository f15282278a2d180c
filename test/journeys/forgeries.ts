import type { Evidence, JournalCopy } from './evidence.ts';

type Forgery = [what: string, forge: (evidence: Evidence) => void];

/** Ways in which a run could have gone wrong: the proofs must see each of them. */
export const FORGERIES: readonly Forgery[] = [
  ['an order without a decision', ({ journal }) => remove(journal.decisions, isCopy)],
  ['a fill that nobody decided', ({ journal }) => remove(journal.decisions, isSkip)],
  ['a decision about nothing', (evidence) => forgetFill(evidence)],
  ['an order that the venue never had', ({ ours }) => remove(ours.orders, wasFilled)],
  ['an order that is not journaled', ({ journal }) => remove(journal.orders, isDone)],
  ['two orders for one fill', ({ journal }) => doubleOrder(journal)],
  ['an order of another token', ({ journal }) => change(journal.orders, { tokenId: '1' })],
  ['a micro-USDC too much', ({ ours }) => change([ours], { cashMicro: ours.cashMicro + 1 })],
  ['a micro-share too little', (evidence) => takeShare(evidence)],
  ['a trade that is not booked', ({ journal }) => void journal.trades.shift()],
  ['a trade that never was', ({ ours }) => void ours.trades.shift()],
  ['a fee of another size', ({ journal }) => change(journal.trades, { feeMicro: 1 })],
  ['an entry while tripped', ({ journal }) => tripBeforeEntry(journal)],
  ['an entry of a later price', ({ ours }) => change(ours.trades, { priceMicro: 999_000 })],
  ['an entry on an old trade', ({ journal }) => postpone(journal)],
  ['a position beyond its limit', ({ journal }) => swell(journal)],
];

const isCopy = ({ result }: { result: string }) => result === 'copy';
const isSkip = ({ reason }: { reason: string }) => reason === 'slippage';
const isDone = ({ status }: { status: string }) => status === 'done';
const wasFilled = ({ matchedSizeMicro }: { matchedSizeMicro: number }) => matchedSizeMicro > 0;

function remove<T>(list: T[], is: (item: T) => boolean): void {
  list.splice(list.findIndex(is), 1);
}

/** A fill from the midst of the run: those at its ends may be undecided rightly. */
function forgetFill({ leaders, journal }: Evidence): void {
  const decided = journal.decisions[Math.floor(journal.decisions.length / 2)];
  for (const { activity } of leaders) {
    const at = activity.findIndex(
      ({ transactionHash, wallet, tokenId }) =>
        transactionHash === decided?.transactionHash &&
        wallet === decided.wallet &&
        tokenId === decided.tokenId,
    );
    if (at >= 0) activity.splice(at, 1);
  }
}

function change<T extends object>(list: readonly T[], to: Partial<T>): void {
  Object.assign(list[0] as T, to);
}

function doubleOrder({ orders }: JournalCopy): void {
  const order = orders.find(isDone);
  if (order) orders.push({ ...order, orderId: `0x${'1'.repeat(64)}`, status: 'void' });
}

/** From the journal's last checkpoint on: what the next start would believe. */
function takeShare({ journal }: Evidence): void {
  const atMs = 0;
  const [fill] = journal.ledgerEvents.filter(({ kind }) => kind === 'fill');
  if (fill?.kind !== 'fill') return;
  const part = { ...fill, tradeId: 'forged', sharesMicro: 1, usdcMicro: 0, feeMicro: 0, atMs };
  journal.sinceCheckpoint.push({ ...part, side: 'BUY', tokenId: 'forged' });
}

function tripBeforeEntry({ orders, breaker }: JournalCopy): void {
  const entry = orders.find(({ side }) => side === 'BUY');
  if (!entry) return;
  breaker.unshift({
    atMs: entry.createdAtMs - 1,
    latch: 'trading',
    event: 'trip',
    from: 'armed',
    to: 'tripped',
    by: 'pmcp',
    why: 'forged',
  });
}

function postpone({ orders }: JournalCopy): void {
  const entry = orders.find(({ side, kind }) => side === 'BUY' && kind === 'copy');
  if (entry) entry.createdAtMs += 3_600_000;
}

function swell({ ledgerEvents }: JournalCopy): void {
  for (const event of ledgerEvents) {
    if (event.kind === 'fill' && event.side === 'BUY') event.usdcMicro *= 4;
  }
}
