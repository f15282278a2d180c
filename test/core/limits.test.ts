import { describe, expect, it } from 'vitest';
import { rooms, tightest } from '../../src/core/limits.ts';
import { exposure, policy, snapshot } from './support.ts';

describe('tightest', () => {
  it('blames the first of equals, and a used-up limit leaves nothing', () => {
    const used = exposure({ walletMicro: 900_000_000, totalMicro: 900_000_000 });
    const found = rooms(snapshot({ exposure: used }), policy(), { enabled: true, label: '' });
    expect(found.map(({ name }) => name)).toEqual([
      'position',
      'wallet',
      'market',
      'event',
      'total',
      'cash',
    ]);
    expect(tightest(found)).toMatchObject({ name: 'wallet', leftMicro: 0 });
  });

  it('refuses to answer without limits', () => {
    expect(() => tightest([])).toThrow('no limits given');
  });
});
