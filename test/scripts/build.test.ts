import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
let root = '';

/** A tiny project with the real build script, bundler and configuration. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pmcp build-'));
  mkdirSync(join(root, 'src'));
  mkdirSync(join(root, 'commands'));
  cpSync(join(project, 'scripts'), join(root, 'scripts'), { recursive: true });
  const configs = ['package.json', 'rolldown.config.ts', 'tsconfig.json', 'tsconfig.browser.json'];
  for (const file of configs) {
    cpSync(join(project, file), join(root, file));
  }
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'src/observe/dashboard'), { recursive: true });
  for (const name of ['main.ts', 'index.html', 'icon.svg', 'style.css']) {
    put(`src/observe/dashboard/${name}`, '');
  }
  put('src/index.ts', 'export const one = 1;\n');
  put('src/late.ts', "export const late = 'first';\n");
  put('src/pmcp.ts', `process.stdin.once('data', () => import('./late.ts').then(say));\n${SAY}`);
});

const SAY = `process.stdout.write('ready ');
function say(m: { late: string }) { process.stdout.write(m.late, () => process.exit()); }
`;

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Written a minute ago, or `aheadS` from now: a build sees seconds. */
function put(path: string, text: string, aheadS = -60): void {
  writeFileSync(join(root, path), text);
  const time = Date.now() / 1000 + aheadS;
  for (const each of [path, path.replace(/\/[^/]*$/, '')]) utimesSync(join(root, each), time, time);
}

function build(...flags: string[]) {
  return spawnSync('sh', ['scripts/build.sh', ...flags], { cwd: root, encoding: 'utf8' });
}

const entry = () => readFileSync(join(root, 'dist/pmcp.cjs'), 'utf8');
const silent = { status: 0, stdout: '', stderr: '' };

test('builds in silence, and with --if-stale only after a change', () => {
  expect(build('--if-stale')).toMatchObject(silent);
  const stamp = () => readFileSync(join(root, 'dist/pmcp.cjs.map'), 'utf8');
  writeFileSync(join(root, 'dist/pmcp.cjs.map'), 'as built');
  expect(build('--if-stale')).toMatchObject(silent);
  expect(stamp()).toBe('as built');
  put('src/late.ts', "export const late = 'second';\n", 60);
  expect(build('--if-stale')).toMatchObject(silent);
  expect(stamp()).toContain('"sources"');
});

test('a source with an error fails the build, and the last good one stays', () => {
  build();
  const good = entry();
  put('src/pmcp.ts', 'let = = 1;\n');
  const broken = build();
  expect(broken.status).not.toBe(0);
  expect(broken.stderr).toContain('src/pmcp.ts');
  expect(entry()).toBe(good);
  expect(readdirSync(root).filter((name) => name.startsWith('.dist'))).toEqual([]);
});

test('a program that runs during a build still finds the chunks that it was built with', async () => {
  build();
  const running = spawn(process.execPath, ['dist/pmcp.cjs'], { cwd: root });
  let said = '';
  running.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  await once(running.stdout, 'data');
  put('src/late.ts', "export const late = 'second';\n");
  put('src/pmcp.ts', `process.stdin.once('data', () => import('./late.ts').then(say)); //\n${SAY}`);
  build();
  running.stdin.write('go\n');
  await once(running, 'close');
  expect(said).toBe('ready first');
});
