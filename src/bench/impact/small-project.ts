import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { give, type User } from '../../host/owner.ts';

/** Something to test that takes its second of work; returns its directory. */
export function writeSmallProject(dataDir: string, user: User | undefined): string {
  const directory = join(dataDir, 'project');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const manifest = { name: 'small', private: true, scripts: { test: 'node --test' } };
  const [manifestPath, testPath] = ['package.json', 'work.test.js'].map((name) =>
    join(directory, name),
  ) as [string, string];
  writeFileSync(manifestPath, JSON.stringify(manifest));
  writeFileSync(testPath, SMALL_TEST);
  give(user, directory, manifestPath, testPath);
  return directory;
}

const SMALL_TEST = `const { test } = require('node:test');
test('some work', () => {
  for (let until = Date.now() + 500; Date.now() < until; ) JSON.parse(JSON.stringify([until]));
});
`;
