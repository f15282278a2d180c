import { expect, test } from 'vitest';
import { botSwitchSteps } from '../../src/deploy/bot-switch.ts';
import { armStep, disarmStep, fireStep, type Reversal } from '../../src/deploy/dead-man.ts';
import { layoutOf } from '../../src/deploy/layout.ts';
import { revertScript } from '../../src/deploy/rollback/prepare.ts';

const layout = layoutOf('/opt/x');
const reversal: Reversal = {
  bad: { release: 'r2', why: 'it "failed"\nbadly' },
  current: 'r1',
  units: { keep: ['polymarket-mcp.service'] },
  token: 'tok',
  by: 'ann',
  events: { started: 'revert-started', done: 'reverted', failed: 'revert-failed' },
};
const filesOf = (input = '') =>
  Object.fromEntries(
    input
      .split(/^@@ /m)
      .slice(1)
      .map((part): [string, string] => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)];
      }),
  );

test('everything that the host needs to go back by itself is in one piece, and shown', () => {
  const step = armStep(layout, reversal, 90, revertScript());
  const files = filesOf(step.input);
  expect(Object.keys(files)).toEqual([
    'revert.sh',
    'audit.started',
    'audit.done',
    'audit.failed',
    'service',
    'timer',
    'mark.json',
    'keep',
    'plan',
  ]);
  expect(files['plan']).toBe(
    'release=r2\ncurrent=r1\nbot=no\ncurrent_bot=\ntoken=tok\nmonitor=no\n',
  );
  expect(files['timer']).toContain('OnActiveSec=90\n');
  expect(files['service']).toContain('ExecStart=/bin/sh "/opt/x/revert/revert.sh" "/opt/x"');
  // One line each, whatever the words are.
  expect(JSON.parse(files['mark.json'] ?? '')).toMatchObject({
    mark: 'bad',
    why: reversal.bad?.why,
  });
  expect(files['audit.started']?.trim().split('\n')).toHaveLength(1);
  expect(files['revert.sh']).toBe(revertScript());
  expect(step.undo).toEqual(disarmStep(layout).argv);
  expect(fireStep(undefined).title).toContain('no release');
});

test('a first deploy goes back to nothing; a full rollback restarts the bot', () => {
  const { bad: _, ...unmarked } = reversal;
  const nothing = armStep(
    layout,
    { ...unmarked, current: undefined, bot: { current: undefined } },
    9,
    '',
  );
  const files = filesOf(nothing.input);
  expect(files['plan']).toContain('release=\ncurrent=\nbot=yes\ncurrent_bot=\n');
  expect(files['mark.json']).toBeUndefined();
  const full = armStep(
    layout,
    {
      ...reversal,
      bot: { current: 'r1', restart: true },
      units: { put: { a: 'text' }, gone: ['b', 'c'] },
      backup: '/b',
    },
    9,
    '',
  );
  expect(filesOf(full.input)['plan']).toContain('bot=restart\ncurrent_bot=r1\n');
  expect(filesOf(full.input)['units/a']).toBe('text\n');
  expect(filesOf(full.input)['absent']).toBe('b\nc\n');
  expect(full.argv.at(-1)).toBe('/b');
  const wrong = { ...reversal, current: 'r1\ntoken=x' };
  expect(() => armStep(layout, wrong, 9, '')).toThrow('not the id of a release');
});

test('a bot is switched under a pause; one that does not run is simply started', () => {
  const steps = botSwitchSteps(layout, { from: 'r1', to: 'r2' });
  expect(steps.map(({ id }) => id)).toEqual([
    'pause-entries',
    'switch-bot',
    'restart-bot',
    'reconcile-bot',
    'resume-entries',
  ]);
  // What is taken back is first on disk, then running; and the pause is lifted last.
  const undo = steps.flatMap((step) => (step.undo ? [step.undo.join(' ')] : []));
  expect(undo[0]).toContain('resume');
  expect(undo[1]).toMatch(/mv -fT[\s\S]*systemctl restart/);
  expect(undo[1]).toContain('r1 polymarket-bot.service');
  const fresh = botSwitchSteps(layout, { from: undefined, to: 'r2' });
  expect(fresh.map(({ id }) => id)).toEqual(['switch-bot', 'restart-bot', 'reconcile-bot']);
  expect(fresh[0]?.undo?.join(' ')).toMatch(/systemctl stop[\s\S]*rm -f/);
});

test('the script that goes back is found from wherever the product was started', () => {
  expect(revertScript()).toContain('#!/bin/sh');
  expect(() => revertScript('/usr')).toThrow('no installation above it');
});
