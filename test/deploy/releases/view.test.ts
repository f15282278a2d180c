import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitSections } from '../../../src/deploy/facts/probe.ts';
import { layoutOf } from '../../../src/deploy/layout.ts';
import { parseInventory } from '../../../src/deploy/releases/inventory.ts';
import { choosePruning, pruneSteps } from '../../../src/deploy/releases/prune.ts';
import { viewOf } from '../../../src/deploy/releases/view.ts';
import { anyInventory, event, inventory, marked, release, service } from '../inventories.ts';

const layout = layoutOf('/opt/x');

test('each release is what mark, manifest and audit make of it', () => {
  const state = inventory({
    releases: [
      ...['r1', 'r2', 'r3', 'r4'].map((id) => release(id)),
      { ...release('r5'), manifest: undefined },
    ],
    marks: [marked('r1', 'good'), marked('r2', 'bad'), marked('r5', 'good')],
    audit: [
      { ...event(1, 'installed', 'r3'), manifestSha256: 'another' },
      { ...event(2, 'installed', 'r4'), manifestSha256: 'sum of r4' },
      event(3, 'switched', 'r1'),
    ],
    current: 'r1',
    currentBot: 'r2',
    mcp: service({ release: 'r1' }),
    bot: service({ release: 'r2' }),
  });
  const { releases, problems } = viewOf(state);
  expect(releases.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    'r5 damaged',
    'r4 untested',
    'r3 damaged',
    'r2 bad',
    'r1 good',
  ]);
  expect(releases.at(-1)).toMatchObject({ current: true, runs: ['mcp'], commit: '3c3c318' });
  expect(problems).toEqual([]);
});

test('what does not fit together is said, with what to do', () => {
  const state = inventory({
    releases: [release('r1')],
    current: 'r2',
    currentBot: 'r1',
    mcp: service({ release: 'r1' }),
    bot: service({ active: 'failed', pid: 0 }),
    revert: { release: 'r2', to: '', acting: true },
    auditUnreadable: 2,
  });
  expect(viewOf(state).problems).toEqual([
    'current points to r2, which is not there: pmcp rollback, or deploy again',
    'polymarket-mcp.service runs r1, and current is r2: restart it',
    'polymarket-bot.service is failed',
    'the change from no release to r2 is being taken back; else the host returns to no release',
    '2 lines of the audit cannot be read',
  ]);
  const stray = inventory({ mcp: service(), bot: service({ active: 'inactive' }) });
  expect(viewOf(stray).problems).toEqual([
    'polymarket-mcp.service runs a program of no release, and current is not set: restart it',
  ]);
});

test('prune never takes what is in use, returned to, or the last good one', () => {
  const needs = fc.subarray(['r1', 'r2', 'r3']);
  fc.assert(
    fc.property(anyInventory, needs, fc.nat(4), (state, backupNeeds, keep) => {
      const { releases } = viewOf(state);
      const { remove, keep: kept } = choosePruning(releases, state, backupNeeds, keep);
      const gone = remove.map(({ id }) => id);
      expect([...gone, ...kept.map(({ id }) => id)].sort()).toEqual(
        releases.map(({ id }) => id).sort(),
      );
      for (const id of [
        state.current,
        state.currentBot,
        state.mcp.release,
        state.bot.release,
        state.revert?.to,
        state.revert?.release,
        ...backupNeeds,
      ]) {
        expect(gone).not.toContain(id);
      }
      const good = releases.filter(({ verdict }) => verdict === 'good');
      const idle = good.filter((one) => !one.current && !one.currentBot && one.runs.length === 0);
      if (idle.length > 0) expect(idle.every(({ id }) => gone.includes(id))).toBe(false);
      const goodGone = good.filter(({ id }) => gone.includes(id));
      expect(good.length - goodGone.length).toBeGreaterThanOrEqual(Math.min(good.length, keep));
    }),
  );
  const steps = pruneSteps(layout, { remove: [{ id: 'r1', why: 'bad' }], keep: [] });
  expect(steps.map(({ id }) => id)).toEqual(['prune:r1', 'prune:leftovers']);
});

test('the look is read, and what is missing or torn in it is told apart', () => {
  const manifest = `{
 "schema": "pmcp.release",
 "version": 1,
 "id": "r1",
 "pmcpVersion": "0.1.0",
 "commit": "3c3c318abc",
 "dirty": true,
 "builtAt": "2026-09-01T00:00:00.000Z",
 "schemas": { "journal": 1, "monitor": 1, "breaker": 1 },`;
  const look = (more: string) =>
    parseInventory('local', layout, splitSections(`\n@@ release r1\nabc  -\n${manifest}\n${more}`));
  const full = look(`
@@ current
releases/r1
@@ current-bot
/elsewhere
@@ service polymarket-mcp.service
ActiveState=active
MainPID=12
NRestarts=3
Executable=/opt/x/releases/r1/runtime/node
@@ service polymarket-bot.service
ActiveState=active
MainPID=13
Executable=/usr/bin/node
@@ journal
   0   0   1   2
@@ monitor
  1 2
@@ breaker
{"schema":"pmcp.breaker-state","version":1,"check
@@ revert
release=r1
current=r0
acting=yes
@@ end
`);
  expect(full).toMatchObject({
    current: 'r1',
    currentBot: undefined,
    mcp: { active: 'active', pid: 12, release: 'r1', restarts: 3 },
    bot: { pid: 13, release: undefined },
    schemas: { journal: 258, monitor: null, breaker: 1 },
    revert: { release: 'r1', to: 'r0', acting: true },
  });
  expect(full.releases[0]).toMatchObject({ manifestSha256: 'abc', manifest: { dirty: true } });
  expect(viewOf(full).releases[0]?.commit).toBe('3c3c318+');
  const empty = look(
    '@@ breaker\n?\n@@ release r2\n\n@@ release r3\nx -\n{ "schema": "other" ,\n@@ end\n',
  );
  expect(empty.schemas).toEqual({ journal: undefined, monitor: undefined, breaker: null });
  expect(empty.releases.map(({ manifest: found }) => found === undefined)).toEqual([
    false,
    true,
    true,
  ]);
  expect(empty.mcp).toMatchObject({ active: 'unknown', pid: 0 });
  const other = manifest.replace('"journal": 1', '"journal": "x"');
  const wrong = splitSections(`\n@@ release r1\nabc  -\n${other}\n`);
  expect(parseInventory('local', layout, wrong).releases[0]?.manifest).toBeUndefined();
});
