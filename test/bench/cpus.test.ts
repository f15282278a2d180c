import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { allowedCpus, keptApart } from '../../src/bench/cpus.ts';

test.each([
  ['0', [0]],
  ['0-2,5', [0, 1, 2, 5]],
  ['', []],
])('the list %s of allowed CPUs', (list, cpus) => {
  expect(allowedCpus(`Name:\tnode\nCpus_allowed_list:\t${list}\nMems_allowed: 1\n`)).toEqual(cpus);
});

test('a program that is kept apart runs on its part alone', () => {
  const cpusOf = (words: string[]) => {
    const [command = 'cat', ...args] = [...words, 'cat', '/proc/self/status'];
    return allowedCpus(execFileSync(command, args, { encoding: 'utf8' }));
  };
  const all = cpusOf([]);
  const [venue, bot] = [cpusOf(keptApart('venue')), cpusOf(keptApart('bot'))];
  expect([...bot, ...venue]).toEqual(all.length > 1 ? all : [...all, ...all]);
});
