/**
 * Exposure by a second, plain piece of accounting, so that the product's own is not what judges it:
 * everything is worked out anew from all that has happened so far.
 */
export interface Limits {
  positionMicro: number;
  walletMicro: number;
  marketMicro: number;
  eventMicro: number;
  totalMicro: number;
  positions: number;
}

interface Ref {
  tokenId: string;
  conditionId: string;
  eventSlug: string;
  wallet: string;
}

export type Happening = { atMs: number; what: string } & (
  | (Ref & { kind: 'reserve'; orderId: string; cashMicro: number })
  | { kind: 'release'; orderId: string }
  | (Ref & {
      kind: 'fill';
      tradeId: string;
      orderId: string;
      side: 'BUY' | 'SELL';
      sharesMicro: number;
      usdcMicro: number;
      feeMicro: number;
    })
  | { kind: 'void'; tradeId: string }
  | { kind: 'resolve'; tokenId: string }
);

/** As the product defines it: less than the venue's step cannot be sold, and is no position. */
const DUST_MICRO = 10_000;
/** Of one broken limit there may be thousands of moments. */
const ENOUGH = 20;

interface Lot {
  wallet: string;
  sharesMicro: number;
  costMicro: number;
}

type Fill = Extract<Happening, { kind: 'fill' }>;
type Reserve = Extract<Happening, { kind: 'reserve' }>;

/** Every moment at which something stood above its limit, as a sentence each. */
export function exceeded(history: readonly Happening[], limits: Limits): string[] {
  const fills = new Map<string, (Fill | 'resolved')[]>();
  const refs = new Map<string, Ref>();
  const reserves = new Map<string, Reserve>();
  const used = new Map<string, number>();
  const problems: string[] = [];
  for (const happening of history) {
    if (problems.length >= ENOUGH) break;
    apply(happening);
    const found = over(state(), limits);
    for (const words of found) problems.push(`${words} after ${happening.what}`);
  }
  return problems;

  function apply(happening: Happening): void {
    switch (happening.kind) {
      case 'reserve':
        reserves.set(happening.orderId, happening);
        break;
      case 'release':
        reserves.delete(happening.orderId);
        break;
      case 'fill':
        refs.set(happening.tokenId, happening);
        fills.set(happening.tokenId, [...(fills.get(happening.tokenId) ?? []), happening]);
        spend(happening, 1);
        break;
      case 'resolve':
        fills.set(happening.tokenId, [...(fills.get(happening.tokenId) ?? []), 'resolved']);
        break;
      case 'void':
        for (const [tokenId, list] of fills) {
          const left = list.filter((fill) => {
            const voided = fill !== 'resolved' && fill.tradeId === happening.tradeId;
            if (voided) spend(fill, -1);
            return !voided;
          });
          fills.set(tokenId, left);
        }
    }
  }

  function spend({ side, orderId, usdcMicro, feeMicro }: Fill, sign: 1 | -1): void {
    if (side === 'BUY') {
      used.set(orderId, (used.get(orderId) ?? 0) + sign * (usdcMicro + feeMicro));
    }
  }

  function state(): Held[] {
    const held: Held[] = [];
    for (const [tokenId, list] of fills) {
      const ref = refs.get(tokenId) as Ref;
      const lots = lotsAfter(list);
      const shares = lots.reduce((sum, lot) => sum + lot.sharesMicro, 0);
      for (const { wallet, costMicro } of lots) {
        held.push({ ...ref, wallet, costMicro, open: shares >= DUST_MICRO });
      }
    }
    for (const reserve of reserves.values()) {
      const left = reserve.cashMicro - (used.get(reserve.orderId) ?? 0);
      if (left > 0) held.push({ ...reserve, costMicro: left, open: true });
    }
    return held;
  }
}

interface Held extends Ref {
  costMicro: number;
  open: boolean;
}

/**
 * A sale takes the lot of the leader who is followed, then the others, oldest first. What a resolved
 * market pays out is settled, also for a fill that a restarted bot learns of after the resolution.
 */
function lotsAfter(list: readonly (Fill | 'resolved')[]): Lot[] {
  let lots: Lot[] = [];
  for (const fill of list) {
    if (fill === 'resolved') return [];
    const own = lots.find(({ wallet }) => wallet === fill.wallet);
    if (fill.side === 'BUY') {
      const lot = own ?? { wallet: fill.wallet, sharesMicro: 0, costMicro: 0 };
      if (!own) lots.push(lot);
      lot.sharesMicro += fill.sharesMicro;
      lot.costMicro += fill.usdcMicro;
      continue;
    }
    let left = fill.sharesMicro;
    for (const lot of own ? [own, ...lots.filter((one) => one !== own)] : lots) {
      const sold = Math.min(left, lot.sharesMicro);
      if (lot.sharesMicro > 0) {
        lot.costMicro -= Math.round((lot.costMicro * sold) / lot.sharesMicro);
      }
      lot.sharesMicro -= sold;
      left -= sold;
    }
    lots = lots.filter(({ sharesMicro }) => sharesMicro > 0);
  }
  return lots;
}

function over(held: readonly Held[], limits: Limits): string[] {
  const problems: string[] = [];
  const check = (name: string, keyOf: (one: Held) => string, limitMicro: number) => {
    const sums = new Map<string, number>();
    for (const one of held) sums.set(keyOf(one), (sums.get(keyOf(one)) ?? 0) + one.costMicro);
    for (const [key, sum] of sums) {
      if (sum > limitMicro) problems.push(`${name} ${key}: ${sum} of ${limitMicro} micro-USDC`);
    }
  };
  check('position', ({ tokenId }) => tokenId, limits.positionMicro);
  check('wallet', ({ wallet }) => wallet, limits.walletMicro);
  check('market', ({ conditionId }) => conditionId, limits.marketMicro);
  check('event', ({ eventSlug }) => eventSlug, limits.eventMicro);
  check('total', () => '', limits.totalMicro);
  const open = new Set(held.filter((one) => one.open).map(({ tokenId }) => tokenId));
  if (open.size > limits.positions) {
    const tokens = [...open].map((tokenId) => tokenId.slice(0, 8)).join(' ');
    problems.push(`${open.size} positions of ${limits.positions} (${tokens})`);
  }
  return problems;
}
