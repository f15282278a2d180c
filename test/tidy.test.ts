import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../commands/index.ts';
import { type Lock, missingPackages } from '../scripts/complete-lock.ts';
import type { CommandSpec } from '../src/command.ts';
import * as code from './house/code.ts';
import { forbiddenImports } from './house/imports.ts';
import { projectFiles, root, type Source } from './house/source.ts';
import * as text from './house/text.ts';

/**
 * The rules of the house, on the whole project. Each is tried on a bad sample as well, so that a
 * rule that stopped seeing anything is noticed.
 */
const files = projectFiles();
const paths = new Set(files.map(({ path }) => path));

type Rule = (file: Source) => string[];
const missingDocuments: Rule = (file) => text.missingDocuments(file, paths);
const wide = 'x'.repeat(121);
const picture = String.fromCodePoint(0x1f680);
const lines = (count: number) => 'let a;\n'.repeat(count);

/** Name of the rule, the rule, and samples that it must refuse: path, then text. */
const rules: [string, Rule, ...[string, string][]][] = [
  [
    'imports follow the table and the package fences',
    forbiddenImports,
    ['src/core/a.ts', "import { realClock } from '../clock.ts';"],
    ['src/core/a.ts', "import 'node:fs';"],
    ['src/core/a.ts', "export * from '../venue/port.ts';"],
    ['src/venue/a.ts', "const a = () => import('../state/journal.ts');"],
    ['src/venue/a.ts', "import { realClock } from '../clock.ts';"],
    ['src/bot/a.ts', "import { serve } from '../observe/serve.ts';"],
    ['src/bot/a.ts', "import chalk from 'chalk';"],
    ['src/screen/a.ts', "import { open } from '../state/journal.ts';"],
    ['src/mcp/a.ts', "import { Registry } from 'prom-client';"],
    ['src/attic/a.ts', ''],
    ['commands/up.ts', "import bot from './bot.ts';"],
    ['commands/up.ts', "import { help } from '../test/help.ts';"],
    ['src/bot/a.ts', "import up from '../../commands/up.ts';"],
  ],
  ['lines have at most 120 columns', text.wideLines, ['src/a.ts', wide]],
  ['files are short', text.longFiles, ['src/a.ts', lines(251)], ['test/a.ts', lines(601)]],
  [
    'functions have at most 70 lines',
    code.longFunctions,
    ['src/a.ts', `function f() {\n${lines(69)}}`],
    ['src/a.ts', `const f = () => {\n${lines(69)}};`],
    ['src/a.ts', `function f() {\n const g = () => {\n${lines(68)}};\n${lines(60)}}`],
    ['src/a.ts', `class A { f() {\n${lines(69)}} }`],
  ],
  ['no emoji', text.emoji, ['docs/a.txt', `go ${picture}`]],
  ['no console outside screen', code.consoleUse, ['src/bot/a.ts', 'console.log(1);']],
  [
    'core is pure',
    code.impureCore,
    ['src/core/a.ts', 'Date.now();'],
    ['src/core/a.ts', 'const now = new Date();'],
    ['src/core/a.ts', 'const zone = process.env.TZ;'],
    ['src/core/a.ts', 'setTimeout(() => {}, 1);'],
    ['src/core/a.ts', 'const f = async () => 1;'],
    ['src/core/a.ts', 'let waiting: Promise<void>;'],
    ['src/core/a.ts', 'Math.random();'],
  ],
  [
    'types are strict and checks are never switched off',
    code.looseTypes,
    ['src/a.ts', 'let a: any;'],
    ['src/a.ts', ['// @ts', 'ignore'].join('-')],
    ['src/a.ts', ['/* biome', 'ignore lint: why */'].join('-')],
    ['src/a.ts', ['// v8', 'ignore next'].join(' ')],
    ['src/a.ts', ['// TO', 'DO later'].join('')],
  ],
  [
    'no test hides others or is left out namelessly',
    code.silencedTests,
    ['test/a.test.ts', "test.only('a', () => {});"],
    ['test/a.test.ts', 'context.skip();'],
  ],
  ['Markdown lives in docs', text.strayMarkdown, [`src/${'NOTES'}.md`, '']],
  ['documents that are spoken of exist', missingDocuments, ['src/a.ts', `// see ${'plan'}.md`]],
  [
    'no path outside the project',
    text.privatePaths,
    ['src/a.ts', `'/${'home'}/ann/key'`],
    ['docs/a.txt', `see ../${'shared'}/notes`],
  ],
];

describe.each(rules)('%s', (_name, rule, ...samples) => {
  test('in every file', () => {
    expect(files.flatMap(rule)).toEqual([]);
  });

  test.each(samples)('and not otherwise: %s', (path, sample) => {
    expect(rule({ path, text: sample })).toHaveLength(1);
  });
});

/** Command lines that need an example: those that can be run. */
function withoutExample(spec: CommandSpec, prefix = 'pmcp'): string[] {
  const name = `${prefix} ${spec.name}`;
  const inner = (spec.subcommands ?? []).flatMap((sub) => withoutExample(sub, name));
  const shown = (spec.examples ?? []).some((example) => example.startsWith(name));
  return spec.run && !shown ? [name, ...inner] : inner;
}

test.each(commands)('pmcp $name teaches itself', async (entry) => {
  const spec = await entry.load();
  expect(spec.name).toBe(entry.name);
  expect(spec.run ?? spec.subcommands, 'does something').toBeDefined();
  expect(withoutExample(spec)).toEqual([]);
});

test('every package has its line in docs/dependencies.md', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const document = files.find(({ path }) => path === 'docs/dependencies.md')?.text ?? '';
  const described = [...document.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  const used = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  expect(described.sort()).toEqual(used.sort());
});

test('the lockfile serves every platform (mend it with `npm run lock`)', () => {
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  expect(missingPackages(lock)).toEqual([]);
});
