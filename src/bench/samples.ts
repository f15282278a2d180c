import type { DecisionRow, OrderRow } from '../state/journal-rows.ts';

/** Rows of the size that real ones have. Numbers in them make each one different. */
const WALLET = `0x${'6a'.repeat(20)}`;
const CONDITION = `0x${'c'.repeat(64)}`;
const TOKEN = '71321045679252212594626385532706912750332728571942532289631379312455583992563';

export function decisionOf(n: number): DecisionRow {
  const hash = n.toString(16).padStart(64, '0');
  return {
    fillId: `${hash.slice(48)}-6a6a6a-992563-b100-0.5-${n}`,
    wallet: WALLET,
    transactionHash: `0x${hash}`,
    ordinal: 0,
    source: 'rtds_trades',
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    sizeMicro: 100_000_000,
    priceMicro: 500_000,
    outcome: 'Yes',
    title: 'Will the Fed cut rates by 25 bps at the December meeting?',
    slug: 'fed-cut-25-december',
    eventSlug: 'fed-decision-december',
    tradedAtMs: 1_790_000_000_000 + n,
    seenAtMs: 1_790_000_000_400 + n,
    decidedAtMs: 1_790_000_000_401 + n,
    result: 'copy',
    reason: 'copied',
    detail: '',
    facts: { ageMs: 401, bookAgeMs: 12, bestAsk: '0.5', limit: '0.51', cost: '5' },
    orderId: orderIdOf(n),
  };
}

export function orderOf(n: number): OrderRow {
  const draft = draftOf(n);
  return {
    orderId: orderIdOf(n),
    fillId: decisionOf(n).fillId,
    kind: 'copy',
    wallet: WALLET,
    tokenId: TOKEN,
    conditionId: CONDITION,
    eventSlug: 'fed-decision-december',
    side: 'BUY',
    draft,
    payload: JSON.stringify({ order: draft, owner: WALLET, signature: `0x${'ab'.repeat(65)}` }),
    limitMicro: 510_000,
    reserveMicro: 5_100_000,
    reserveSharesMicro: 0,
    status: 'signed',
    filledSharesMicro: 0,
    filledUsdcMicro: 0,
    createdAtMs: 1_790_000_000_401 + n,
    updatedAtMs: 1_790_000_000_401 + n,
  };
}

export function draftOf(n: number) {
  return {
    tokenId: TOKEN,
    side: 'BUY' as const,
    makerAmountMicro: 5_000_000 + 10_000 * (n % 1000),
    takerAmountMicro: 10_000_000,
    orderType: 'FAK' as const,
    negRisk: false,
  };
}

function orderIdOf(n: number): string {
  return `0xdd${n.toString(16).padStart(62, '0')}`;
}

/** A message of the trade feed, as the venue sends it. */
export function feedFrame(wallet: string, n = 0): string {
  const payload = {
    asset: TOKEN,
    bio: '',
    conditionId: CONDITION,
    eventSlug: 'fed-decision-december',
    icon: 'https://polymarket-upload.s3.us-east-2.amazonaws.com/fed-decision.png',
    name: 'someone',
    outcome: 'Yes',
    outcomeIndex: 0,
    price: 0.5,
    profileImage: '',
    proxyWallet: wallet,
    pseudonym: 'Quiet-Harbor',
    side: 'BUY',
    size: 100 + n,
    slug: 'fed-cut-25-december',
    timestamp: 1_790_000_000 + n,
    title: 'Will the Fed cut rates by 25 bps at the December meeting?',
    transactionHash: `0x${n.toString(16).padStart(64, '0')}`,
  };
  const message = { topic: 'activity', type: 'trades', timestamp: 1_790_000_000_400 };
  return JSON.stringify({ connection_id: 'abcdef', payload, ...message });
}

/** Addresses that differ from their first digits on, as real ones do. */
export function walletOf(n: number): string {
  const mixed = Math.imul(n + 1, 2_654_435_761) >>> 0;
  return `0x${mixed.toString(16).padStart(8, '0')}${n.toString(16).padStart(32, '0')}`;
}
