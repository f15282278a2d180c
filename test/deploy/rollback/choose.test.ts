import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cannotRead, chooseBackup, chooseTarget } from '../../../src/deploy/rollback/choose.ts';
import { RefusedError } from '../../../src/errors.ts';
import { anyInventory, event, inventory, marked, release, SCHEMAS } from '../inventories.ts';

const three = inventory({
  releases: ['r1', 'r2', 'r3'].map((id) => release(id)),
  marks: ['r1', 'r2', 'r3'].map((id) => marked(id, 'good')),
  current: 'r3',
  audit: [event(1, 'switched', 'r1'), event(2, 'switched', 'r2'), event(3, 'switched', 'r3')],
});

test('the good release that was current last before this one', () => {
  expect(chooseTarget(three)).toMatchObject({ target: { id: 'r2' }, from: 'r3', passed: [] });
  // After a rollback from r3 to r1, r2 was never left: the history decides, not the name.
  const back = inventory({
    ...three,
    current: 'r2',
    audit: [...three.audit, event(4, 'rolled-back', 'r1')],
  });
  expect(chooseTarget(back).target.id).toBe('r1');
});

test('what is bad or untested is passed over, and it is said', () => {
  const state = inventory({ ...three, marks: [marked('r1', 'good'), marked('r2', 'bad')] });
  expect(chooseTarget(state)).toMatchObject({
    target: { id: 'r1' },
    passed: [{ id: 'r2', why: 'bad' }],
  });
  const none = inventory({ ...state, marks: [marked('r2', 'bad')] });
  expect(() => chooseTarget(none)).toThrow('there is no good release to roll back to');
});

test('never to a bad, damaged or unreadable release, nor to the one that is left', () => {
  fc.assert(
    fc.property(
      anyInventory,
      fc.option(fc.constantFrom('r1', 'r2', 'r9'), { nil: undefined }),
      (state, to) => {
        const why = (id: string) => state.marks.find((mark) => mark.release === id)?.mark;
        try {
          const { target } = chooseTarget(state, to);
          expect(why(target.id)).not.toBe('bad');
          expect(target.schemas?.journal).toBe(1);
          expect(state.releases.find(({ id }) => id === target.id)?.manifest).toBeDefined();
          if (to === undefined) {
            expect(why(target.id)).toBe('good');
            expect(target.id).not.toBe(state.current);
          } else expect(target.id).toBe(to);
        } catch (error) {
          expect(error).toBeInstanceOf(RefusedError);
          // Refused only where there is nothing: every candidate has a reason.
          const fit = state.releases.filter(
            ({ id, manifest }) =>
              id !== state.current && why(id) === 'good' && manifest?.schemas.journal === 1,
          );
          if (to === undefined) expect(fit).toEqual([]);
          else expect((error as RefusedError).problems.length).toBeGreaterThan(0);
        }
      },
    ),
  );
});

test('files of today are held against what the release knows; what cannot be read decides nothing', () => {
  const judge = (there: number | null | undefined, known = SCHEMAS) =>
    cannotRead({ schemas: known }, { schemas: { ...SCHEMAS, journal: there } });
  expect(judge(1)).toBeUndefined();
  expect(judge(null)).toBeUndefined();
  expect(judge(undefined)).toBeUndefined();
  expect(judge(2)).toContain(
    "cannot read today's journal: it is of version 2, the release knows 1",
  );
  expect(cannotRead({ schemas: undefined }, { schemas: SCHEMAS })).toContain('breaker');
});

test('the newest backup whose releases are there, whole, not bad, and can read the journal', () => {
  const content = (current: string | undefined, currentBot = current) => ({
    madeAt: '',
    current,
    currentBot,
  });
  const state = inventory({
    ...three,
    releases: [release('r1'), release('r2'), release('r3', { ...SCHEMAS, journal: 0 })],
    marks: [marked('r2', 'bad')],
  });
  const choice = chooseBackup(state, [
    { name: 'b6', content: undefined, damage: 'torn' },
    { name: 'b5', content: content('r2') },
    { name: 'b4', content: content('r9') },
    { name: 'b3', content: content('r1', 'r3') },
    { name: 'b2', content: content(undefined) },
    { name: 'b1', content: content('r1') },
    { name: 'b0', content: content('r1') },
  ]);
  expect(choice.name).toBe('b1');
  expect(choice.passed.map(({ why }) => why)).toEqual([
    'torn',
    'release r2 is bad (a test, by ann)',
    'release r9 is not on the host any more',
    "release r3 cannot read today's journal: it is of version 1, the release knows 0",
    'nothing was installed when it was made',
  ]);
  expect(() => chooseBackup(state, [{ name: 'b', content: undefined }])).toThrow(RefusedError);
});
