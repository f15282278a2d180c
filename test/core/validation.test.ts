import { expect, test } from 'vitest';
import { parseExposition } from '../../src/core/exposition.ts';
import { failed, off, passed, skipped, unknown, verdictOf } from '../../src/core/validation.ts';

const fine = passed('');

test.each([
  ['all passed', [fine, fine], 'healthy', 'healthy'],
  ['switched off on purpose', [fine, off('')], 'healthy', 'healthy'],
  ['one failed, whatever else', [fine, failed(''), unknown('')], 'unhealthy', 'unhealthy'],
  ['one could not be told', [fine, unknown('')], 'inconclusive', 'inconclusive'],
  ['one could not be made', [fine, skipped('')], 'healthy', 'inconclusive'],
  ['nothing was checked', [], 'inconclusive', 'inconclusive'],
])('%s', (_, findings, staging, production) => {
  expect(verdictOf(findings, 'staging')).toBe(staging);
  expect(verdictOf(findings, 'production')).toBe(production);
});

test('metrics text is read, every kind of number included', () => {
  const read = parseExposition(
    '# HELP a_total What: "x"\n# TYPE a_total counter\na_total{b="c \\"d\\" }",e="f"} 7\n' +
      'g 1.5e-3\nn NaN\np Nan\ni +Inf\nm -Inf\nt 3 1700000000000\n\n',
  );
  if ('problem' in read) throw new Error(read.problem);
  expect([...read.families]).toEqual(['a_total']);
  expect(read.samples.get('a_total{b="c \\"d\\" }",e="f"}')).toBe(7);
  expect(read.samples.get('g')).toBe(0.0015);
  expect(read.samples.get('n')).toBeNaN();
  expect(read.samples.get('p')).toBeNaN();
  expect(read.samples.get('i')).toBe(Number.POSITIVE_INFINITY);
  expect(read.samples.get('m')).toBe(Number.NEGATIVE_INFINITY);
  expect(read.samples.get('t')).toBe(3);
});

test.each(['<html>', 'a b', 'a{b=c} 1', 'a{b="c"', '{"json":1}', '9a 1'])('%s is none', (text) => {
  expect(parseExposition(`ok 1\n${text}\n`)).toEqual({ problem: text });
});
