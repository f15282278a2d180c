import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = resolve(import.meta.dirname, '../../scripts/install.sh');
let root = '';

/** A checkout with the script alone, in a folder with a space, and an `npm` that tells its calls. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pmcp install-'));
  mkdirSync(join(root, 'scripts'));
  mkdirSync(join(root, 'bin'));
  cpSync(script, join(root, 'scripts/install.sh'));
  lock('one');
  npm('mkdir -p node_modules && echo {} > node_modules/.package-lock.json');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const lock = (text: string) => writeFileSync(join(root, 'package-lock.json'), text);

function npm(body: string): void {
  const path = join(root, 'bin/npm');
  writeFileSync(path, `#!/bin/sh\necho "$*" >> "${root}/calls"\n${body}\n`);
  chmodSync(path, 0o755);
}

function install(path = `${join(root, 'bin')}:/usr/bin:/bin`) {
  return spawnSync('/bin/sh', [join(root, 'scripts/install.sh')], {
    env: { PATH: path },
    encoding: 'utf8',
  });
}

function calls(): string[] {
  try {
    return readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

test('installs what is missing, without install scripts, and is silent from then on', () => {
  const first = install();
  expect(first).toMatchObject({ status: 0, stdout: '' });
  expect(first.stderr).toContain('Installing packages');
  expect(calls()).toEqual([expect.stringMatching(/^ci --ignore-scripts/)]);
  expect(install()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(calls()).toHaveLength(1);
});

test('a changed lockfile is installed; the same with a newer date is not', () => {
  install();
  const later = Date.now() / 1000 + 60;
  utimesSync(join(root, 'package-lock.json'), later, later);
  expect(install().stderr).toBe('');
  lock('two');
  utimesSync(join(root, 'package-lock.json'), later, later);
  install();
  expect(calls()).toHaveLength(2);
});

test('an installation that broke off is done again, and its failure ends the start', () => {
  npm('mkdir -p node_modules; exit 7');
  expect(install().status).toBe(7);
  npm('touch node_modules/.package-lock.json');
  expect(install().status).toBe(0);
  expect(calls()).toHaveLength(2);
});

test('node_modules that somebody else installed by hand are taken as they are', () => {
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
  const past = Date.now() / 1000 - 60;
  utimesSync(join(root, 'package-lock.json'), past, past);
  expect(install()).toMatchObject({ status: 0, stderr: '' });
  expect(calls()).toEqual([]);
});

test('linked node_modules belong to another checkout and stay untouched', () => {
  mkdirSync(join(root, 'elsewhere'));
  symlinkSync(join(root, 'elsewhere'), join(root, 'node_modules'));
  expect(install()).toMatchObject({ status: 0, stderr: '' });
  expect(calls()).toEqual([]);
});

test('without npm it says what to install', () => {
  mkdirSync(join(root, 'few'));
  for (const tool of ['dirname', 'cmp', 'cp'])
    symlinkSync(`/usr/bin/${tool}`, join(root, 'few', tool));
  const refused = install(join(root, 'few'));
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/npm is missing.*apt install/);
});
