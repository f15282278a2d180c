import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';

const read = (line: string) => {
  const { entries, problems } = parseEnvFile(line, 'f');
  expect(problems).toEqual([]);
  return entries.get('A')?.value;
};

describe('parseEnvFile', () => {
  it.each([
    ['A=1', '1'],
    ['A = 1 ', '1'],
    ['export A=1', '1'],
    ['A=0.5  # Lower than production', '0.5'],
    ['A=0.5\t# tab', '0.5'],
    ['A=# nothing but a comment', ''],
    ['A=', ''],
    ['A=a#b', 'a#b'],
    ['A=a=b', 'a=b'],
    ['A=$HOME', '$HOME'],
    ["A='a # b'", 'a # b'],
    ["A='a\\n'  # why", 'a\\n'],
    ['A="a # b"', 'a # b'],
    ['A="a\\n\\"b\\"\\\\"', 'a\n"b"\\'],
    ['A="\\d"', '\\d'],
    ["A=it's", "it's"],
    ['\uFEFFA=1', '1'],
  ])('%s', (line, value) => {
    expect(read(line)).toBe(value);
  });

  it('takes the line ends of every system and knows the line', () => {
    const { entries } = parseEnvFile('# head\r\nA=1\r\n\r\nB=2\nC=3\rD=4', 'f');
    expect([...entries].map(([key, { value, line }]) => [key, value, line])).toEqual([
      ['A', '1', 2],
      ['B', '2', 4],
      ['C', '3', 5],
      ['D', '4', 6],
    ]);
  });

  it.each([
    ['PRIVATE KEY 0xsecret', 'f:1: this line is no setting'],
    ['9A=secret', 'f:1: this line is no setting'],
    ['A="secret', 'A: the closing " is missing (f:1)'],
    ["A='secret' more", "A: text follows the closing ' (f:1)"],
    ['A=sec\u0000ret', 'A: the value has a control character (f:1)'],
    ['A=secret\nA=secret', 'A: set twice in f, on lines 1 and 2'],
  ])('refuses %j without repeating it', (text, message) => {
    const { problems } = parseEnvFile(text, 'f');
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  it('reads back every value that is quoted', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const line = value.replace(/[\\"]/g, (char) => `\\${char}`).replace(/\n/g, '\\n');
        expect(read(`A="${line}"`)).toBe(value);
      }),
    );
  });

  it('never fails on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseEnvFile(text, 'f');
      }),
      { numRuns: 2000 },
    );
  });
});
