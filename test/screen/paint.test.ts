import { afterEach, expect, test, vi } from 'vitest';
import { paintFor } from '../../src/screen/paint.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['on a terminal', true, true, '', '', true],
  ['in a pipe', false, true, '', '', false],
  ['in a pipe that FORCE_COLOR is set for', false, true, '', '1', true],
  ['with --no-color', true, false, '', '', false],
  ['with --no-color against FORCE_COLOR', true, false, '', '1', false],
  ['with NO_COLOR', true, true, '1', '', false],
])('%s', (_name, isTTY, color, noColor, forceColor, coloured) => {
  vi.stubEnv('NO_COLOR', noColor);
  vi.stubEnv('FORCE_COLOR', forceColor);
  const paint = paintFor({ isTTY }, { color });
  for (const kind of ['good', 'warn', 'bad', 'dim', 'strong'] as const) {
    expect(paint[kind]('x') !== 'x').toBe(coloured);
  }
});
