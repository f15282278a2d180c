import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CheckLine, checkWords, createCheckList } from '../../src/screen/check-list.ts';
import { paintFor } from '../../src/screen/paint.ts';

const plain = paintFor({ isTTY: false }, { color: false });
const line = (more: Partial<CheckLine> = {}): CheckLine => ({
  id: 'phase-1/a',
  title: 'All tests pass',
  result: 'PASS',
  detail: '33 passed',
  durationMs: 1234,
  fix: undefined,
  ...more,
});

describe('a line a check', () => {
  test('what passed is one line with its fact, as far as there is room', () => {
    const [wide = '', ...more] = checkWords(line(), plain, 120);
    expect(more).toEqual([]);
    expect(wide).toMatch(/^ {2}PASS {10}All tests pass +1\.2 s {2}33 passed$/);
    expect(checkWords(line(), plain, 80)[0]).toMatch(/1\.2 s$/);
  });

  test('what did not pass says why and what to do, in lines that fit', () => {
    const detail = 'word '.repeat(40).trim();
    const lines = checkWords(line({ result: 'FAIL', detail, fix: 'Mend it.' }), plain, 80);
    expect(lines[0]).toMatch(/FAIL .* 1\.2 s {2}phase-1\/a$/);
    expect(lines.at(-1)).toBe(`${' '.repeat(16)}Fix: Mend it.`);
    expect(lines.length).toBeGreaterThan(4);
    for (const one of lines.slice(1)) expect(one.length).toBeLessThan(80);
  });

  test('line breaks and control characters of a detail do no harm', () => {
    const lines = checkWords(line({ result: 'SKIPPED', detail: 'a\n\u001b[2Jb' }), plain, 80);
    expect(lines.join('')).not.toContain('\u001b');
  });
});

describe('on a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('the last line tells what goes on, and is gone when it is over', () => {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const list = createCheckList({ write, isTTY: true, columns: 100 }, plain);
    list.heading('Phase 1');
    list.begin('All tests pass');
    list.progress('3 tests');
    expect(text).toContain('..  All tests pass  0 s  3 tests');
    text = '';
    vi.advanceTimersByTime(1000);
    expect(text).toContain('All tests pass');
    list.end(line());
    text = '';
    vi.advanceTimersByTime(5000);
    expect(text).toBe('');
    list.close();
    expect(text).toBe('\r\u001b[2K');
  });
});

test('in a pipe nothing moves', () => {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const list = createCheckList({ write }, plain);
  list.begin('All tests pass');
  list.progress('3 tests');
  expect(text).toBe('');
  list.end(line({ durationMs: 12 }));
  list.close();
  expect(text).toMatch(/^ {2}PASS .* 12 ms {2}33 passed\n$/);
});
