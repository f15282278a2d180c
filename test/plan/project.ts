import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const MODULES = resolve(import.meta.dirname, '../../node_modules');

export type Put = (path: string, text: string) => void;

export function putInto(root: string): Put {
  return (path, text) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
}

/** So many tests that pass, and some that do not. */
export function testsOf(passing: number, failing = 0): string {
  return `const { test } = require('node:test');
const { double } = require(require('node:path').join(process.cwd(), 'src', 'double.js'));
for (let i = 0; i < ${passing}; i += 1) test('case ' + i, () => { if (double(i) !== 2 * i) throw new Error('no'); });
for (let i = 0; i < ${failing}; i += 1) test('broken ' + i, () => { throw new Error('as expected'); });
`;
}

/** A project with the plan's four parts, tests for each, and the real compiler and linter. */
export function createProject(root: string): Put {
  const put = putInto(root);
  put('package.json', '{ "name": "sample", "scripts": { "test": "node --test" } }\n');
  put('src/double.js', 'exports.double = (n) => 2 * n;\n');
  put('src/limits.ts', 'export const MAX_DAILY_LOSS = 100;\n');
  put('test/observe/health.test.js', testsOf(33));
  put('test/mcp/integrator/integrator.test.js', testsOf(25));
  put('test/mcp/search/search.test.js', testsOf(1));
  put('test/mcp/testing/testing.test.js', testsOf(1));
  put(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: { strict: true, types: [], noEmit: true },
      include: ['src'],
    }),
  );
  put('biome.json', '{ "files": { "includes": ["src/**/*.ts"] } }\n');
  for (const name of ['typescript', '@biomejs', '@typescript']) {
    const link = join(root, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(MODULES, name), link);
  }
  return put;
}
