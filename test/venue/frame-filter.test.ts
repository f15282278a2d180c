import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameFilter } from '../../src/venue/frame-filter.ts';

const ours = `0x${'ab'.repeat(20)}`;
const other = `0x${'cd'.repeat(20)}`;
const concerns = createFrameFilter(new Set([ours]));
const frame = (payload: object) => JSON.stringify({ topic: 'activity', type: 'trades', payload });

describe('the wallet of a frame is found without parsing it', () => {
  test.each<[string, string, 'followed' | 'other' | 'none']>([
    ['ours', frame({ proxyWallet: ours }), 'followed'],
    [
      'ours in upper case',
      frame({ proxyWallet: ours.toUpperCase().replace('X', 'x') }),
      'followed',
    ],
    ['somebody else’s', frame({ proxyWallet: other }), 'other'],
    ['white space around the colon', `{"proxyWallet" : "${other}"}`, 'other'],
    [
      'ours second in a list',
      `[${frame({ proxyWallet: other })},${frame({ proxyWallet: ours })}]`,
      'followed',
    ],
    ['a neighbour of ours', frame({ proxyWallet: `${ours.slice(0, -1)}0` }), 'other'],
    ['two others', `[${frame({ proxyWallet: other })},${frame({ proxyWallet: other })}]`, 'other'],
    ['no wallet', '{"topic":"comments"}', 'none'],
    ['not JSON', 'hello', 'none'],
    ['a wallet that is null, to be looked at', frame({ proxyWallet: null }), 'followed'],
    ['a wallet too long, to be looked at', frame({ proxyWallet: `${other}00` }), 'followed'],
    ['cut off behind the key', '{"proxyWallet"', 'followed'],
    [
      'a title that quotes another frame',
      frame({ title: `"proxyWallet":"${ours}"`, proxyWallet: other }),
      'other',
    ],
  ])('%s', (_, text, expected) => {
    expect(concerns(text)).toBe(expected);
  });
});

test('no text makes it overlook one of ours', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (title, slug, name) => {
      const text = JSON.stringify({ payload: { title, slug, proxyWallet: ours, name } });
      expect(concerns(text)).toBe('followed');
    }),
  );
});

test('it tells any wallets apart, in any case', () => {
  const wallet = fc
    .uint8Array({ minLength: 20, maxLength: 20 })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);
  fc.assert(
    fc.property(
      fc.uniqueArray(wallet, { minLength: 2, maxLength: 40 }),
      fc.boolean(),
      (all, upper) => {
        const followed = new Set(all.slice(0, all.length >> 1));
        const filter = createFrameFilter(followed);
        for (const address of all) {
          const shown = upper ? `0x${address.slice(2).toUpperCase()}` : address;
          const expected = followed.has(address) ? 'followed' : 'other';
          expect(filter(frame({ proxyWallet: shown }))).toBe(expected);
        }
      },
    ),
  );
});
