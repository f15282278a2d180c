import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireDeployLock, readDeployLock, unlockDeploy } from '../../src/deploy/lock.ts';
import { type Holder, holderState, lockWords, parseLock } from '../../src/deploy/lock-holder.ts';
import { FailedError, RefusedError } from '../../src/errors.ts';
import { createGround } from './ground.ts';

const ask = { who: 'ann', what: 'deploy r1' };

/** Makes the lock one of a process elsewhere, silent for so long. */
function disguise(lock: string, change: Partial<Holder>, silentSeconds = 0) {
  const file = join(lock, 'holder.json');
  const holder = { ...JSON.parse(readFileSync(file, 'utf8')), ...change };
  writeFileSync(file, JSON.stringify(holder));
  const then = Date.now() / 1000 - silentSeconds;
  utimesSync(join(lock, 'beat'), then, then);
}

test('one of many wins, and the others are told who holds it, from where and for how long', async () => {
  const { host, layout } = createGround();
  const tries = [1, 2, 3, 4, 5, 6].map((n) =>
    acquireDeployLock(host, layout, { ...ask, who: `ann${n}` }).catch((error: Error) => error),
  );
  const results = await Promise.all(tries);
  const losers = results.filter((one) => one instanceof RefusedError);
  expect(losers).toHaveLength(5);
  for (const { message, hint } of losers) {
    expect(message).toMatch(/locked by ann\d on \S+ \(pid \d+\) for 0 s: deploy r1; last heard/);
    expect(hint).toContain('--lock-wait');
  }
  const winner = results.find((one) => !(one instanceof Error));
  if (!winner || winner instanceof Error) throw new Error('nobody won');
  expect((await readDeployLock(host, layout))?.holder?.token).toBe(winner.token);
  await winner.renew();
  await winner.release();
  expect(await readDeployLock(host, layout)).toBeUndefined();
  await winner.release();
  await expect(winner.renew()).rejects.toThrow('the deploy lock is not ours any more');
});

test('waiting gets the lock when it is freed, and says meanwhile who has it', async () => {
  const { host, layout } = createGround();
  const first = await acquireDeployLock(host, layout, ask);
  const said: string[] = [];
  const second = acquireDeployLock(host, layout, {
    ...ask,
    who: 'bob',
    waitMs: 20_000,
    onWait: (words) => said.push(words),
    signal: new AbortController().signal,
  });
  await expect.poll(() => said.length).toBeGreaterThan(0);
  await first.release();
  expect((await second).holder.who).toBe('bob');
  expect(said[0]).toContain('ann on ');
});

test('the lock of a process that is proved dead is taken over, but not one that left a reversal', async () => {
  const { host, layout } = createGround();
  await acquireDeployLock(host, layout, ask);
  const child = spawn('true');
  await new Promise((done) => child.once('close', done));
  disguise(layout.lock, { pid: child.pid ?? 0 });
  mkdirSync(layout.revert);
  writeFileSync(join(layout.revert, 'plan'), '');
  const refused = acquireDeployLock(host, layout, ask);
  await expect(refused).rejects.toThrow(
    expect.objectContaining({ hint: expect.stringContaining('takes an interrupted change back') }),
  );
  await expect(unlockDeploy(host, layout, false)).rejects.toThrow('waits to be taken back');
  rmSync(layout.revert, { recursive: true });
  const { holder } = await acquireDeployLock(host, layout, { ...ask, who: 'bob' });
  expect(holder.who).toBe('bob');
});

test('a silent holder elsewhere is never replaced by itself; unlock does, and refuses a live one', async () => {
  const { host, layout } = createGround();
  expect(await unlockDeploy(host, layout, false)).toBeUndefined();
  await acquireDeployLock(host, layout, ask);
  disguise(layout.lock, { bootId: 'another machine' });
  await expect(unlockDeploy(host, layout, false)).rejects.toThrow(/the holder is alive: ann on/);
  disguise(layout.lock, {}, 300);
  const refused = acquireDeployLock(host, layout, ask);
  await expect(refused).rejects.toThrow(
    expect.objectContaining({ hint: expect.stringContaining('pmcp releases unlock') }),
  );
  expect((await unlockDeploy(host, layout, false))?.silentSeconds).toBeGreaterThan(290);
  await acquireDeployLock(host, layout, ask);
  expect(await unlockDeploy(host, layout, true)).toBeDefined();
  expect(existsSync(layout.lock)).toBe(false);
});

test('what a crash left without a name is no lock; a place that cannot be written is an error', async () => {
  const { host, layout, root } = createGround();
  mkdirSync(layout.lock);
  expect(lockWords((await readDeployLock(host, layout)) ?? fail())).toContain('left no name');
  await (await acquireDeployLock(host, layout, ask)).release();
  mkdirSync(layout.lock);
  expect((await unlockDeploy(host, layout, true))?.holder).toBeUndefined();
  writeFileSync(join(root, 'file'), '');
  const nowhere = { ...layout, lock: join(root, 'file/deploy.lock') };
  await expect(acquireDeployLock(host, nowhere, ask)).rejects.toThrow(FailedError);
});

test('a pid means something in its own boot and namespace only, and only with its start', () => {
  const me = { from: 'here', bootId: 'b', pidNamespace: 'n', pid: 7, pidStart: '70' };
  const holder: Holder = {
    token: 't',
    who: 'ann',
    since: '2026-09-01T00:00:00Z',
    what: 'x',
    ...me,
  };
  const judge = (change: Partial<Holder>, silentSeconds: number, start: string | undefined) =>
    holderState(
      { holder: { ...holder, ...change }, silentSeconds, revertPending: false },
      me,
      () => start,
    );
  expect(judge({}, 9999, '70')).toBe('alive');
  expect(judge({}, 0, '71')).toBe('gone');
  expect(judge({}, 0, undefined)).toBe('gone');
  for (const change of [{ bootId: 'c' }, { pidNamespace: 'm' }]) {
    expect(judge(change, 0, undefined)).toBe('alive');
    expect(judge(change, 121, undefined)).toBe('silent');
  }
});

test('ages are told in the unit that fits, and garbage is no holder', () => {
  const text = (body: string) => parseLock(`held 5 no\n${body}`);
  expect(parseLock('')).toBeUndefined();
  expect(text('{')?.holder).toBeUndefined();
  expect(text('{"who":1}')?.holder).toBeUndefined();
  const since = '2026-09-01T00:00:00Z';
  const lock = text(JSON.stringify({ token: 't', who: 'ann', from: 'box', since, what: 'w' }));
  const at = (seconds: number) => lockWords(lock ?? fail(), Date.parse(since) + seconds * 1000);
  expect(at(100)).toContain('for 100 s');
  expect(at(600)).toContain('for 10 min');
  expect(at(36_000)).toContain('for 10 h');
});

function fail(): never {
  throw new Error('nothing there');
}
