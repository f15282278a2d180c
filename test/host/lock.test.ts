import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { RefusedError } from '../../src/errors.ts';
import { acquireLock } from '../../src/host/lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'pmcp-lock-'));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

let path = '';
let count = 0;
beforeEach(() => {
  path = join(directory, `run${count++}`, 'bot.lock');
});

const MODULE = resolve('src/host/lock.ts');

/** Tries to take the lock in a process of its own and says `held` or why not; then waits. */
async function contender(): Promise<{ child: ChildProcess; said: string }> {
  const code = `
    import { acquireLock } from ${JSON.stringify(MODULE)};
    try { acquireLock(${JSON.stringify(path)}, 'pmcp bot'); console.log('held'); globalThis.gc(); }
    catch (error) { console.log(error.exitCode + ' ' + error.message); }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const [data] = await once(child.stdout, 'data');
  return { child, said: String(data).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

it('is held by one, until it is released', () => {
  const lock = acquireLock(path, 'pmcp bot', 1_000_000);
  expect(() => acquireLock(path, 'pmcp halt', 1_000_000 + 5000)).toThrow(RefusedError);
  expect(() => acquireLock(path, 'pmcp halt', 1_000_000 + 5000)).toThrow(
    `${path}: held by pmcp bot (pid ${process.pid}) for 5 s`,
  );
  lock.release();
  lock.release();
  acquireLock(path, 'pmcp halt').release();
});

it.each([
  [0, '0 s'],
  [-5000, '0 s'],
  [119_000, '119 s'],
  [600_000, '10 min'],
  [36_000_000, '10 h'],
])('tells the age: %d ms', (ms, words) => {
  const lock = acquireLock(path, 'pmcp bot', 0);
  expect(() => acquireLock(path, 'pmcp halt', ms)).toThrow(`for ${words}`);
  lock.release();
});

it('refuses though the note beside it is missing or damaged', () => {
  const lock = acquireLock(path, 'pmcp bot');
  writeFileSync(`${path}.json`, '{"pid');
  expect(() => acquireLock(path, 'x')).toThrow('held by a process that has just started');
  rmSync(`${path}.json`);
  expect(() => acquireLock(path, 'x')).toThrow('held by a process that has just started');
  lock.release();
});

it('says what is wrong with a place where nothing can be locked', () => {
  mkdirSync(path, { recursive: true });
  expect(() => acquireLock(path, 'x')).toThrow(/cannot be locked/);
  writeFileSync(`${path}.txt`, 'no database, and long enough to be seen as none '.repeat(40));
  expect(() => acquireLock(join(`${path}.txt`, 'lock'), 'x')).toThrow(/cannot be locked/);
  expect(() => acquireLock(`${path}.txt`, 'x')).toThrow(/cannot be locked/);
});

it('has exactly one holder among processes that start together', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, contender));
  expect(all.filter(({ said }) => said === 'held')).toHaveLength(1);
  for (const { said } of all) expect(said).toMatch(/^held$|^3 .*held by /);
  await Promise.all(all.map(({ child }) => kill(child)));
});

it('is free the moment its holder is killed, and has one holder after that too', async () => {
  for (let round = 0; round < 3; round++) {
    const { child, said } = await contender();
    expect(said).toBe('held');
    expect(() => acquireLock(path, 'x')).toThrow(`held by pmcp bot (pid ${child.pid})`);
    await kill(child);
  }
  const all = await Promise.all(Array.from({ length: 4 }, contender));
  expect(all.filter(({ said }) => said === 'held')).toHaveLength(1);
  await Promise.all(all.map(({ child }) => kill(child)));
  acquireLock(path, 'x').release();
});
