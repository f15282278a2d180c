import { readFileSync } from 'node:fs';
import { loadLedger } from '../../src/bot/books.ts';
import type { Policy } from '../../src/core/decision.ts';
import { createLedger } from '../../src/core/ledger.ts';
import type { LedgerEvent } from '../../src/core/ledger-types.ts';
import type { ActivityRow } from '../../src/exchange/engine.ts';
import type { AccountLedger, Audit } from '../../src/exchange/ledger-types.ts';
import { type JournalArchive, openJournalArchive } from '../../src/state/journal-archive.ts';
import type { DecisionRow } from '../../src/state/journal-rows.ts';
import { pathsOf } from '../../src/state/paths.ts';

/** What the exchange says of one account (GET /control/ledger). */
export type ExchangeStory = AccountLedger & { activity: ActivityRow[]; audit: Audit };

export async function fromExchange<T>(url: string): Promise<T> {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as T;
}

export async function storyOf(exchangeUrl: string, wallet: string): Promise<ExchangeStory> {
  return fromExchange(`${exchangeUrl}/control/ledger?wallet=${wallet}`);
}

/** Whose cash the bot trades: its breaker belongs to that wallet. */
export function botAccount(dataDir: string): string {
  const { body } = JSON.parse(readFileSync(pathsOf(dataDir).breaker, 'utf8'));
  return String(body.owner);
}

export interface Audited {
  violations: string[];
  orders: number;
  copies: number;
  decisions: number;
}

/**
 * Proves journal against exchange: each order matches exactly one source fill, each source fill
 * has exactly one decision, cash and positions agree to the micro-unit, no limit was ever exceeded.
 * Both must be at rest: bot stopped, fills settled.
 */
export function audit(
  dataDir: string,
  story: ExchangeStory,
  leaders: ReadonlyMap<string, readonly ActivityRow[]>,
  policy: Policy,
): Audited {
  const archive = openJournalArchive(pathsOf(dataDir).journal);
  try {
    const decisions = [...archive.eachDecision({})];
    const violations = [
      ...ordersMatch(archive, story, decisions),
      ...booksAgree(archive, story),
      ...everyFillDecided(archive, decisions, leaders),
      ...limitsHeld(archive, story, policy),
    ];
    const copies = decisions.filter(({ result }) => result === 'copy').length;
    return { violations, orders: story.orders.length, copies, decisions: decisions.length };
  } finally {
    archive.close();
  }
}

function ordersMatch(
  archive: JournalArchive,
  story: ExchangeStory,
  decisions: readonly DecisionRow[],
): string[] {
  const wrong: string[] = [];
  const byFill = new Map(decisions.map((row) => [row.fillId, row]));
  const seen = new Set<string>();
  for (const { orderId, matchedSizeMicro, status } of story.orders) {
    const order = archive.order(orderId);
    if (!order) {
      wrong.push(`order ${orderId} of the exchange is not in the journal`);
      continue;
    }
    if (seen.has(order.fillId)) wrong.push(`fill ${order.fillId} has two orders`);
    seen.add(order.fillId);
    const over = order.status === 'rejected' ? matchedSizeMicro === 0 : order.status === 'done';
    if (!over) {
      const trail = archive
        .orderEvents(orderId)
        .map((event) => `${event.atMs} ${event.kind} ${event.detail}`);
      const fills = story.trades.filter((trade) => trade.takerOrderId === orderId);
      wrong.push(
        `order ${orderId} is ${order.status}, there ${status} with ${matchedSizeMicro}: ${trail.join('; ')}; ${JSON.stringify(fills)}`,
      );
    }
    if (order.kind === 'copy' && byFill.get(order.fillId)?.orderId !== orderId) {
      wrong.push(`order ${orderId} is not the one that its fill was decided on`);
    }
  }
  for (const row of decisions) {
    if (row.result === 'copy' && !archive.orderOfFill(row.fillId)) {
      wrong.push(`copy ${row.fillId} has no order`);
    }
  }
  for (const order of archive.openOrders()) {
    wrong.push(`order ${order.orderId} is still ${order.status}`);
  }
  return wrong;
}

function booksAgree(archive: JournalArchive, story: ExchangeStory): string[] {
  const ledger = loadLedger(archive);
  if (!ledger) return ['the journal has no ledger'];
  const wrong: string[] = [];
  const { cashMicro, reservedMicro } = ledger.totals();
  if (cashMicro !== story.cashMicro) {
    wrong.push(`cash: journal ${cashMicro}, exchange ${story.cashMicro}`);
  }
  if (story.flowsMicro !== story.cashMicro) {
    wrong.push(`the exchange's own flows ${story.flowsMicro} are not its cash ${story.cashMicro}`);
  }
  if (reservedMicro !== 0) wrong.push(`${reservedMicro} are still reserved`);
  const ours = new Map(ledger.positions().map((item) => [item.tokenId, item.sharesMicro]));
  const owed = new Set(ledger.redeemable().map(({ conditionId }) => conditionId));
  for (const { tokenId, conditionId, sizeMicro, redeemable } of story.positions) {
    const known = ours.get(tokenId) ?? 0;
    ours.delete(tokenId);
    if (known === sizeMicro || (redeemable && (known === 0 || owed.has(conditionId)))) continue;
    wrong.push(`token ${tokenId}: journal ${known} shares, exchange ${sizeMicro}`);
  }
  for (const [tokenId, shares] of ours) wrong.push(`token ${tokenId}: only we hold ${shares}`);
  return wrong;
}

/** As often as a fill's content occurs on the exchange, so often it was decided upon. */
function everyFillDecided(
  archive: JournalArchive,
  decisions: readonly DecisionRow[],
  leaders: ReadonlyMap<string, readonly ActivityRow[]>,
): string[] {
  const wrong: string[] = [];
  const baselines = new Map(archive.cursors().map((row) => [row.wallet, row]));
  const decided = new Map<string, number>();
  for (const row of decisions) {
    const { wallet, transactionHash, tokenId, side, sizeMicro, priceMicro } = row;
    const key = [wallet, transactionHash, tokenId, side, sizeMicro, priceMicro].join('/');
    decided.set(key, (decided.get(key) ?? 0) + 1);
  }
  for (const [wallet, rows] of leaders) {
    const cursor = baselines.get(wallet);
    if (!cursor) {
      wrong.push(`leader ${wallet} was never followed`);
      continue;
    }
    const happened = new Map<string, number>();
    for (const row of rows) {
      const settled = row.timestampMs <= cursor.watermarkMs - 60_000;
      if (row.type !== 'TRADE' || row.timestampMs < cursor.baselineMs || !settled) continue;
      const { transactionHash, tokenId, side, sizeMicro, priceMicro } = row;
      const key = [wallet, transactionHash, tokenId, side, sizeMicro, priceMicro].join('/');
      happened.set(key, (happened.get(key) ?? 0) + 1);
    }
    for (const [key, count] of happened) {
      const found = decided.get(key) ?? 0;
      if (found !== count) wrong.push(`${key} happened ${count} times, decided ${found} times`);
    }
  }
  return wrong;
}

/** Replays the ledger event by event: exposure after each reservation is within every limit. */
function limitsHeld(archive: JournalArchive, story: ExchangeStory, policy: Policy): string[] {
  const wrong: string[] = [];
  const deposit = story.flows.find(({ kind }) => kind === 'deposit');
  const ledger = createLedger(deposit?.amountMicro ?? 0);
  for (const event of archive.ledgerEvents() as LedgerEvent[]) {
    ledger.apply(event);
    if (event.kind !== 'reserve' || event.side !== 'BUY') continue;
    const held = ledger.exposure(event);
    const check = (name: string, used: number, limit: number) => {
      if (used > limit) wrong.push(`${name}: ${used} of ${limit} after order ${event.orderId}`);
    };
    check('position', held.tokenMicro, policy.maxPositionMicro);
    check('wallet', held.walletMicro, policy.maxWalletExposureMicro);
    check('market', held.marketMicro, policy.maxMarketExposureMicro);
    check('event', held.eventMicro, policy.maxEventExposureMicro);
    check('total', held.totalMicro, policy.maxTotalExposureMicro);
    check('positions', held.openPositions, policy.maxConcurrentPositions);
    if (ledger.totals().freeMicro < 0) wrong.push(`cash overdrawn by order ${event.orderId}`);
  }
  return wrong;
}
