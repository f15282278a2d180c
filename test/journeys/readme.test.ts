import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { runPmcp } from './run.ts';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(resolve(root, 'README.md'), 'utf8');

/** Command lines of the console blocks, without their remarks. */
const lines = [...text.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  [...block.matchAll(/^\$ (.*?)(?:\s+#.*)?$/gm)].map(([, line = '']) => line),
);

const words = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
const pmcpLines = lines.filter((line) => line.startsWith('bin/pmcp '));

test('the two commands are scripts of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
  const named = lines.flatMap((line) => /^npm (\w+)$/.exec(line)?.[1] ?? []);
  expect(named).toEqual(['start', 'test']);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});

describe('command lines', () => {
  test.each(pmcpLines)('%s names a command and flags that exist', async (line) => {
    const [, first = '', ...rest] = words(line);
    if (first.startsWith('--')) return expect(first).toBe('--help');
    expect(commands.map(({ name }) => name)).toContain(first);
    const exit = await runPmcp([first, ...rest.filter((word) => /^[\w-]+$/.test(word)), '--help']);
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    return expect(exit.stdout).toContain('Usage: pmcp');
  });

  test.each(pmcpLines.filter((line) => /--help|config/.test(line)))(
    '%s works without anything running',
    async (line) => {
      const exit = await runPmcp(words(line).slice(1));
      expect(exit).toMatchObject({ code: 0, stderr: '' });
    },
  );
});

test('every file that it names exists', () => {
  const named = [...text.matchAll(/`((?:src|commands|test|docs|scripts|bin)\/[\w./-]+)`/g)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, path = ''] of named) {
    if (!path.includes('<'))
      expect(() => readFileSync(resolve(root, path)), path).not.toThrow(/ENOENT/);
  }
});
