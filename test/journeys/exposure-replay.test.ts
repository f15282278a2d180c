import { describe, expect, it } from 'vitest';
import { exceeded, type Happening } from './exposure-replay.ts';
import { TIGHT_RULES } from './rules.ts';

const LIMITS = { ...TIGHT_RULES, positions: 1 };

function bought(tokenId: string): Happening {
  const ids = { tradeId: `trade of ${tokenId}`, orderId: `order of ${tokenId}` };
  const market = { conditionId: tokenId, eventSlug: tokenId, wallet: 'leader' };
  const amounts = { sharesMicro: 5_000_000, usdcMicro: 2_000_000, feeMicro: 0 };
  const what = `fill of ${tokenId}`;
  return { kind: 'fill', atMs: 0, what, tokenId, side: 'BUY', ...ids, ...market, ...amounts };
}

const resolved = (tokenId: string): Happening => ({ kind: 'resolve', atMs: 0, what: '', tokenId });

describe('exposure, counted a second time', () => {
  it('sees a position too many', () => {
    const history = [bought('one'), bought('two')];
    expect(exceeded(history, LIMITS)).toEqual(['2 positions of 1 (one two) after fill of two']);
  });

  it('holds nothing of a market that is resolved', () => {
    expect(exceeded([bought('one'), resolved('one'), bought('two')], LIMITS)).toEqual([]);
  });

  it('holds nothing that is learned of after its market was resolved', () => {
    const late = { ...bought('one'), tradeId: 'late' } as Happening;
    const history = [bought('one'), resolved('one'), late, bought('two')];
    expect(exceeded(history, LIMITS)).toEqual([]);
  });
});
