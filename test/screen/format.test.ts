import { expect, test } from 'vitest';
import * as format from '../../src/screen/format.ts';

test.each([
  [format.money, 0, '0.00'],
  [format.money, 1_234_567_890, '1,234.57'],
  [format.money, 1_000_000_000_000, '1,000,000.00'],
  [format.money, -500_000, '-0.50'],
  [format.money, -1_000, '0.00'],
  [format.signedMoney, 3_120_000, '+3.12'],
  [format.signedMoney, -3_120_000, '-3.12'],
  [format.signedMoney, 100, '0.00'],
  [format.price, 597_600, '0.598'],
  [format.shares, 75_000_000, '75'],
  [format.shares, 12_500_000, '12.5'],
  [format.shares, 1_200_000_000, '1,200'],
  [format.duration, 42_000, '0:42'],
  [format.duration, 725_000, '12:05'],
  [format.duration, 11_229_000, '3:07:09'],
  [format.duration, 184_020_000, '2d 3:07'],
  [format.duration, -5, '0:00'],
  [format.age, 300, '0.3 s'],
  [format.age, 42_000, '42 s'],
  [format.age, 300_000, '5 min'],
  [format.age, 10_800_000, '3 h'],
  [format.age, 259_200_000, '3 d'],
  [format.milliseconds, 0.418, '0.42'],
  [format.milliseconds, 12.34, '12.3'],
  [format.milliseconds, 1234, '1,234'],
  [format.integer, 1_234_567, '1,234,567'],
  [format.timeOfDay, 1_700_000_000_000, '22:13:20'],
  [format.timeOfDay, Number.NaN, '--:--:--'],
])('%o of %d is %s', (of, value, expected) => {
  expect(of(value)).toBe(expected);
});

test('wallets are shortened, short names are not', () => {
  expect(format.shortWallet(`0x${'12'.repeat(20)}`)).toBe('0x1212…1212');
  expect(format.shortWallet('me')).toBe('me');
});
