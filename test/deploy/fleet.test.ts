import { describe, expect, test } from 'vitest';
import type { Applied } from '../../src/deploy/apply/apply.ts';
import {
  deployFleet,
  type Fleet,
  mendingCommand,
  prepareFleet,
  refuseProblems,
} from '../../src/deploy/fleet.ts';
import type { Host } from '../../src/deploy/host.ts';
import { readSavedPlan, refuseChanged, savePlan } from '../../src/deploy/saved-plan.ts';
import { InconclusiveError, RefusedError } from '../../src/errors.ts';
import { deploymentLines } from '../../src/screen/deploy-view.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { type Act, hostThat, look, ok, probeOf } from './answers.ts';
import { bare, NEW, OLD, requestOf } from './sample.ts';

const {
  units: _,
  credentials: __,
  token: ___,
  ...wanted
} = requestOf(bare(), {
  target: 'staging',
  observeSeconds: 0,
  gateSeconds: 1,
  revertSeconds: 1,
});

function fleetOf(hosts: Host[], different: Partial<Fleet> = {}): Fleet {
  return {
    hosts,
    wanted,
    rule: { relativeRise: 0.1, floor: 0.02, minimumCount: 200 },
    lockWaitSeconds: 0,
    signal: new AbortController().signal,
    progress: () => ({ onStep: () => {}, onEnd: () => {}, onNote: () => {} }),
    decide: async () => false,
    check: () => {},
    ...different,
  };
}
const observed = { wanted: { ...wanted, observeSeconds: 0.05 } };
const failing =
  (part: string): Act =>
  (words) =>
    words.includes(part) ? { code: 1, stdout: '', stderr: 'no' } : undefined;

/** As it would be told had this host taken the release back. */
const takenBack = (one: Applied): Applied => ({ ...one, outcome: 'rolled-back' });

describe('deploying to hosts', () => {
  test('one that does not answer is named before anything is changed', async () => {
    const lost = hostThat('b', () => new InconclusiveError('b cannot be reached', { hint: 'x' }));
    const good = hostThat('a');
    const looking = prepareFleet(fleetOf([good.host, lost.host]));
    await expect(looking).rejects.toThrow('1 of 2 hosts cannot be reached');
    await expect(looking).rejects.toMatchObject({ hint: expect.stringContaining('--host a') });
    expect(good.ran.join()).not.toContain('upload');
    const broken = hostThat('c', () => new Error('a bug'));
    await expect(prepareFleet(fleetOf([broken.host]))).rejects.toThrow('a bug');
  });

  test('all go the same way; nothing is to be mended', async () => {
    const fleet = fleetOf([hostThat('a').host, hostThat('b').host, hostThat('c').host]);
    const prepared = await prepareFleet(fleet);
    expect(() => refuseProblems(prepared)).not.toThrow();
    const applied = await deployFleet(fleet);
    expect(applied.map(({ outcome }) => outcome)).toEqual(['deployed', 'deployed', 'deployed']);
    expect(mendingCommand(fleet, applied, undefined)).toBeUndefined();
  });

  test('a canary that fails keeps the others as they are', async () => {
    const canary = hostThat('a', failing('restart "$1"'));
    const other = hostThat('b');
    const fleet = fleetOf([canary.host, other.host]);
    const [result, ...rest] = await deployFleet(fleet);
    expect(result).toMatchObject({ outcome: 'rolled-back', failedStep: 'restart-mcp' });
    expect(rest).toEqual([]);
    expect(other.ran).toEqual([]);
    expect(canary.ran.join('\n')).toContain('systemctl start pmcp-revert.service');
  });

  test('a later failure leaves a clear state, and the command that mends it', async () => {
    const held = hostThat('c', (words) =>
      words.includes('deploy.lock') ? new RefusedError('locked by bob') : undefined,
    );
    const lost = hostThat('d', () => new InconclusiveError('d is gone'));
    const fleet = fleetOf([hostThat('a').host, hostThat('b').host, held.host, lost.host]);
    const applied = await deployFleet(fleet);
    expect(applied.map(({ outcome }) => outcome)).toEqual(['deployed', 'deployed', 'refused']);
    const packed = { ...fleet, wanted: { ...fleet.wanted, bot: true } };
    expect(mendingCommand(packed, applied, 'a b.tar.gz')).toBe(
      "pmcp deploy staging --apply --bot --release 'a b.tar.gz' --host c d",
    );
    const mend = mendingCommand(fleet, applied, undefined);
    expect(mend).toBe('pmcp deploy staging --apply --host c d');
    const back = applied.map((one) => (one.host === 'b' ? takenBack(one) : one));
    expect(mendingCommand(fleet, back, undefined)).toBe(
      `pmcp releases mark good ${NEW} 'the host was at fault' --host b && ` +
        'pmcp deploy staging --apply --host b c d',
    );
    const early = back.map((one) => ({ ...one, steps: [] }));
    expect(mendingCommand(fleet, early, undefined)).toBe(
      'pmcp deploy staging --apply --host b c d',
    );
    const plain = (text: string) => text;
    const paint = { good: plain, warn: plain, bad: plain, dim: plain, strong: plain };
    const data = { target: 'staging', dryRun: false, release: 'r', plans: [], results: applied };
    const shown = deploymentLines({ ...data, mend: mend ?? null }, paint, false).join('\n');
    expect(shown).toContain('locked by bob');
    expect(shown).toContain('pmcp deploy staging --apply --host c d');
  });

  test('what fails before the switch is undone, the last first', async () => {
    const { host, ran } = hostThat('a', failing(`releases/${NEW}/bin/pmcp config check`));
    const [result] = await deployFleet(fleetOf([host]));
    expect(result).toMatchObject({ outcome: 'rolled-back', failedStep: 'check-config' });
    const removed = ran.filter((words) => words.startsWith('rm '));
    expect(removed[0]).toContain('rm -rf');
    expect(removed.at(-1)).toContain('.tar.gz');
    expect(ran.join()).not.toContain('pmcp-revert.service');
  });

  test('what cannot be taken back is told as that', async () => {
    const { host } = hostThat('a', (words) => {
      if (words === 'probe 2') return ok(probeOf('20990101T000000Z-9999999'));
      return failing('restart "$1"')(words);
    });
    const [result] = await deployFleet(fleetOf([host]));
    expect(result?.outcome).toBe('rollback-failed');
    expect(result?.why).toContain('not as it was: current:');
  });

  test('a connection that is gone leaves it to the host', async () => {
    let cut = false;
    const { host } = hostThat('a', (words) => {
      cut ||= words.includes('unpack') || words.includes('tar -xzf');
      return cut ? new InconclusiveError('cut') : undefined;
    });
    const [result] = await deployFleet(fleetOf([host]));
    expect(result).toMatchObject({ outcome: 'lost', failedStep: 'unpack' });
    expect(result?.why).toContain('nothing was switched');
  });

  test('a connection that comes back finds what the host did meanwhile', async () => {
    let asked = 0;
    const { host } = hostThat('a', (words) => {
      if (!words.includes('start pmcp-revert.service')) return failing('restart "$1"')(words);
      asked += 1;
      return asked === 1 ? new InconclusiveError('cut') : undefined;
    });
    const notes: string[] = [];
    const progress = () => ({
      onStep: () => {},
      onEnd: () => {},
      onNote: (words: string) => notes.push(words),
    });
    const [result] = await deployFleet(fleetOf([host], { progress }));
    expect(result).toMatchObject({ outcome: 'rolled-back', failedStep: 'restart-mcp' });
    expect(notes).toContain('cut; trying again');
    // Its reversal may fail, too.
    const stuck = hostThat('b', (words) =>
      words.includes('start pmcp-revert.service')
        ? { code: 1, stdout: '', stderr: 'Job failed' }
        : failing('restart "$1"')(words),
    );
    const [wrong] = await deployFleet(fleetOf([stuck.host]));
    expect(wrong?.outcome).toBe('rollback-failed');
    expect(wrong?.why).toContain('its reversal: Job failed');
  });

  test('what was brought and cannot be removed is named', async () => {
    const check = `releases/${NEW}/bin/pmcp config check`;
    const { host } = hostThat('a', (words) =>
      words.startsWith('rm -rf') ? failing('rm -rf')(words) : failing(check)(words),
    );
    const [result] = await deployFleet(fleetOf([host]));
    expect(result?.outcome).toBe('rollback-failed');
    expect(result?.why).toMatch(/name it .* stays: no/);
    const broken = hostThat('a', (words) =>
      words.startsWith('rm -rf') ? new Error('a bug') : failing(check)(words),
    );
    await expect(deployFleet(fleetOf([broken.host]))).rejects.toThrow('a bug');
  });

  test('worse figures take it back; figures that say nothing are asked about', async () => {
    let looks = 0;
    const answering =
      (errors: number): Act =>
      (words) => {
        if (!words.includes('canary')) return undefined;
        looks += 1;
        return looks > 1 ? ok(look(errors)) : undefined;
      };
    const worse = await deployFleet(fleetOf([hostThat('a', answering(90)).host], observed));
    expect(worse[0]).toMatchObject({ outcome: 'rolled-back', canary: { verdict: 'fail' } });
    looks = 0;
    const unclear = () => {
      looks = 0;
      return hostThat('a', answering(1)).host;
    };
    const few = { ...observed, rule: { relativeRise: 0.1, floor: 0.0001, minimumCount: 200 } };
    const back = await deployFleet(fleetOf([unclear()], few));
    expect(back[0]).toMatchObject({ outcome: 'rolled-back', canary: { verdict: 'inconclusive' } });
    const kept = await deployFleet(fleetOf([unclear()], { ...few, decide: async () => true }));
    expect(kept[0]).toMatchObject({ outcome: 'held' });
    looks = 0;
    const fine = await deployFleet(fleetOf([hostThat('a', answering(0)).host], observed));
    expect(fine[0]).toMatchObject({ outcome: 'deployed', canary: { verdict: 'pass' } });
  });

  test('what cannot be noted afterwards is told, and not taken back', async () => {
    const { host } = hostThat('a', failing('marks/'));
    const [result] = await deployFleet(fleetOf([host]));
    expect(result?.outcome).toBe('deployed');
    expect(result?.why).toContain('mark');
  });
});

describe('a saved plan', () => {
  test('is carried out on hosts that are as they were', async () => {
    const path = `${temporaryDirectory()}/plan.json`;
    const [prepared] = await prepareFleet(fleetOf([hostThat('a').host]));
    if (!prepared) throw new Error('no host');
    savePlan(path, [prepared]);
    const saved = readSavedPlan(path);
    expect(() => refuseChanged(saved, prepared)).not.toThrow();
    const [later] = await prepareFleet(fleetOf([hostThat('a', () => undefined).host]));
    if (!later) throw new Error('no host');
    later.facts.marks = { [OLD]: 'bad' };
    later.plan.factsHash = 'other';
    expect(() => refuseChanged(saved, later)).toThrow('a: changed since the plan was made');
    later.request.release = { ...later.request.release, manifestSha256: 'x' };
    expect(() => refuseChanged(saved, later)).toThrow('is not the release of the plan');
    later.facts.host = 'z';
    expect(() => refuseChanged(saved, later)).toThrow('z: is not part of the plan');
    expect(() => savePlan(path, [])).toThrow('no host');
    expect(() => readSavedPlan(`${path}.none`)).toThrow('cannot be read');
  });
});
