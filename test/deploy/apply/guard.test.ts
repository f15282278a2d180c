import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startGuard } from '../../../src/deploy/apply/guard.ts';
import type { Host } from '../../../src/deploy/host.ts';
import { layoutOf } from '../../../src/deploy/layout.ts';
import type { DeployLock } from '../../../src/deploy/lock.ts';
import { InconclusiveError, RefusedError } from '../../../src/errors.ts';
import { ok } from '../answers.ts';

const GONE = { code: 75, stdout: '', stderr: '' };

function guarding() {
  const lost: unknown[] = [];
  const state = { renewals: 0, putOffs: 0, locked: undefined as Error | undefined, answer: ok() };
  const host = {
    name: 'h',
    run: async () => {
      state.putOffs += 1;
      return state.answer;
    },
  } as unknown as Host;
  const lock = {
    renew: async () => {
      state.renewals += 1;
      if (state.locked) throw state.locked;
    },
  } as unknown as DeployLock;
  const onLost = (error: unknown) => lost.push(error);
  const guard = startGuard({ host, layout: layoutOf('/opt/x'), lock, everyMs: 2, onLost });
  const rounds = async (count: number) => {
    const until = state.renewals + count;
    while (state.renewals < until) await sleep(1);
  };
  return { guard, lost, state, rounds };
}

test('the lock is renewed all the time, the reversal put off only while it is armed', async () => {
  const { guard, lost, state, rounds } = guarding();
  await rounds(2);
  expect(state.putOffs).toBe(0);
  guard.arm();
  await rounds(3);
  expect(state.putOffs).toBeGreaterThan(0);
  guard.disarm();
  await rounds(1);
  const { putOffs } = state;
  await rounds(2);
  expect(state.putOffs).toBe(putOffs);
  await guard.stop();
  const { renewals } = state;
  await sleep(10);
  expect(state.renewals).toBe(renewals);
  expect(lost).toEqual([]);
});

test('a lost connection may come back; what the host has decided ends the deploy', async () => {
  const { guard, lost, state, rounds } = guarding();
  state.locked = new InconclusiveError('h is lost');
  await rounds(3);
  expect(lost).toEqual([]);
  state.locked = new RefusedError('not ours any more');
  await rounds(2);
  expect(lost[0]).toMatchObject({ message: 'not ours any more' });
  state.locked = undefined;
  lost.length = 0;
  state.answer = GONE;
  guard.arm();
  await rounds(3);
  expect(String(lost[0])).toContain('the host has taken the change back by itself');
  await guard.stop();
});
