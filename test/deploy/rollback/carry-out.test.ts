import { expect, test } from 'vitest';
import type { Answer, Host } from '../../../src/deploy/host.ts';
import { layoutOf } from '../../../src/deploy/layout.ts';
import { type RollbackOptions, rollBack } from '../../../src/deploy/rollback/carry-out.ts';
import { stopMcp } from '../../../src/deploy/rollback/immediate.ts';
import { InconclusiveError } from '../../../src/errors.ts';
import { BACKUP, type Installed, inventoryOf, manifestOf, ok } from '../answers.ts';
import { NEW, OLD } from '../sample.ts';

const layout = layoutOf('/opt/polymarket-copy-bot');
const notes: string[] = [];
const options: RollbackOptions = {
  ...{ kind: 'mcp', by: 'ann', reason: 'slow', environment: 'production' },
  ...{ dryRun: false, lockWaitMs: 0, signal: new AbortController().signal },
  note: (words) => notes.push(words),
};
const back: Partial<Installed> = { current: OLD, mcp: OLD };
const failed = (stderr: string): Answer => ({ code: 1, stdout: '', stderr });

type Act = (words: string, step: string) => Answer | Error | undefined;

/** On the new release until its own reversal is started; then what it looks like, one look each. */
function host(after: readonly Partial<Installed>[], act: Act = () => undefined, before = {}) {
  const ran: string[] = [];
  let looks: readonly Partial<Installed>[] = [before];
  const here: Host = {
    name: 'h',
    async run(argv) {
      const words = argv.join(' ');
      ran.push(words);
      const step = argv[1] === '-s' ? `look ${looks.length}` : '';
      const answer = act(words, step);
      if (words.includes('start pmcp-revert.service')) looks = after;
      if (answer instanceof Error) throw answer;
      if (answer) return answer;
      if (argv[1] === '-s') {
        const [now = {}, ...later] = looks;
        if (later.length > 0) looks = later;
        return ok(inventoryOf(now));
      }
      const id = [OLD, NEW].find((one) => words.includes(`${one}/manifest.json`));
      if (id !== undefined) return ok(JSON.stringify(manifestOf(id)));
      if (words.includes('restore/backup.json')) {
        return ok(JSON.stringify({ madeAt: '', current: OLD, currentBot: OLD }));
      }
      if (words.includes('stat -c')) return ok(`9 ${BACKUP}\n`);
      return ok();
    },
    upload: async () => {},
    close: async () => {},
  };
  return { here, ran: () => ran.join('\n') };
}

test('is done when links and processes say so, however long the host takes to', async () => {
  const { here, ran } = host([{ ...back, revert: { release: NEW, to: OLD } }, { mcp: OLD }, back]);
  const done = await rollBack(here, layout, options);
  expect(done).toMatchObject({ from: NEW, target: OLD, problem: undefined, botRestarted: false });
  expect(done.steps.map(({ title }) => title)).toEqual([
    expect.stringContaining('arm the host'),
    expect.stringContaining(`put the host on ${OLD}`),
  ]);
  expect(ran()).not.toContain('entries pause');
});

test('a connection that is lost while the host acts comes back to what it has done', async () => {
  const lost: string[] = [];
  const { here } = host([back], (words, step) => {
    const isFire = words.includes('start pmcp-revert.service');
    const isLook = step !== '' && lost.length === 1;
    if (!isFire && !isLook) return undefined;
    lost.push(isFire ? 'fire' : 'look');
    return new InconclusiveError('h is lost');
  });
  expect(await rollBack(here, layout, options)).toMatchObject({ problem: undefined });
  expect(lost).toEqual(['fire', 'look']);
});

test('what is not as it should be is told, all of it, once the host has given up', async () => {
  const over = [{ event: 'rollback-failed', release: OLD }];
  const wrong = { current: NEW, mcpState: 'failed', botPid: 12, audit: over };
  const first = await rollBack(host([wrong]).here, layout, options);
  expect(first.problem).toBe(
    `current is ${NEW}; polymarket-mcp.service is failed; ` +
      'polymarket-bot.service is not the process that it was',
  );
  expect(first.botRestarted).toBe(true);
  const other = { current: 'x/y', mcp: NEW, audit: over };
  const second = await rollBack(host([other]).here, layout, options);
  expect(second.problem).toBe(`current is not set; polymarket-mcp.service runs ${NEW}`);
  const stray = { ...back, mcp: undefined, audit: over };
  const third = await rollBack(host([stray]).here, layout, options);
  expect(third.problem).toBe('polymarket-mcp.service runs no release');
});

test('a bot that did not run is not asked to be what it was', async () => {
  const stopped = { botState: 'inactive', botPid: 0 };
  const { here } = host([{ ...back, ...stopped }], undefined, stopped);
  expect(await rollBack(here, layout, options)).toMatchObject({ problem: undefined });
});

test('what cannot be armed is not begun, and the lock is free again', async () => {
  const { here, ran } = host([back], (words) =>
    words.includes('revert.new') ? failed('no space left') : undefined,
  );
  await expect(rollBack(here, layout, options)).rejects.toThrow('no space left');
  expect(ran()).not.toContain('start pmcp-revert.service');
  expect(ran().split('\n').at(-1)).toMatch(/rm -rf "\$1"|deploy\.lock/);
  const silent = host([back], (words) => {
    if (words.includes('revert.new')) return failed('no space left');
    return words.includes('then rm -rf "$1"; fi') ? new InconclusiveError('h is lost') : undefined;
  });
  await expect(rollBack(silent.here, layout, options)).rejects.toThrow('no space left');
});

test('a rehearsal that fails changes nothing, and says which part', async () => {
  const { here, ran } = host([back], (words) =>
    words.includes('config check') ? failed('MAX_DAILY_LOSS: not a number') : undefined,
  );
  await expect(rollBack(here, layout, options)).rejects.toMatchObject({
    message: `h: ${OLD} did not pass its rehearsal; nothing was changed`,
    problems: [{ message: expect.stringMatching(/accepts the configuration: .*MAX_DAILY_LOSS/) }],
  });
  expect(ran()).not.toContain('revert.new');
});

test('a dry run rehearses and shows its steps', async () => {
  const { here, ran } = host([back]);
  const dry = await rollBack(here, layout, { ...options, dryRun: true });
  expect(dry).toMatchObject({ dryRun: true, target: OLD, problem: undefined });
  expect(dry.steps).toHaveLength(2);
  expect(ran()).not.toContain('revert.new');
});

test('a full one pauses the bot, restarts it, and waits until it agrees with the venue', async () => {
  const full = { ...options, kind: 'full' } as const;
  const restarted = { ...back, botPid: 12 };
  const { here, ran } = host([restarted]);
  const done = await rollBack(here, layout, full);
  expect(done).toMatchObject({ backup: BACKUP, target: OLD, botRestarted: true });
  expect(done.problem).toBeUndefined();
  expect(ran()).toMatch(/entries pause[\s\S]*start pmcp-revert.service[\s\S]*status --wait/);
  // A bot that does not answer is no reason to stay where it is.
  const dumb = host([restarted], (words) => {
    if (words.includes('entries pause')) return new InconclusiveError('no answer');
    return words.includes('status --wait') ? failed('blind') : undefined;
  });
  const doubtful = await rollBack(dumb.here, layout, full);
  expect(doubtful.problem).toBe('the bot runs, and does not agree with the venue yet: blind');
});

test('a change that nobody has confirmed is taken back first, whoever made it', async () => {
  const pending = { revert: { release: NEW, to: OLD } };
  const { here } = host([back], undefined, pending);
  const dry = await rollBack(here, layout, { ...options, dryRun: true });
  expect(dry).toMatchObject({ kind: 'pending', from: NEW, target: OLD, dryRun: true });
  const done = await rollBack(here, layout, options);
  expect(done).toMatchObject({ kind: 'pending', target: OLD, problem: undefined });
  expect(notes.at(-1)).toContain(`a change to ${NEW} waits for its confirmation`);

  const unmoved = await rollBack(host([{}], undefined, pending).here, layout, options);
  expect(unmoved.problem).toBe(`current is ${NEW}`);
  const fails: Act = (words) =>
    words.includes('start pmcp-revert.service') ? failed('Job failed') : undefined;
  const stuck = await rollBack(host([back], fails, pending).here, layout, options);
  expect(stuck.problem).toBe('Job failed');
  const fresh = { revert: { release: NEW, to: '' } };
  const gone = await rollBack(host([{ current: '/' }], undefined, fresh).here, layout, options);
  expect(gone).toMatchObject({ target: undefined, problem: undefined });
  const lost = await rollBack(host([{ current: '/' }], undefined, pending).here, layout, options);
  expect(lost.problem).toBe('current is not set');
});

test('mcp is stopped at once, and it is told when the bot is not as it was', async () => {
  const status = (blockedBy: string | null): Act => {
    return (words) => {
      if (!words.includes('entries status')) return undefined;
      return ok(JSON.stringify({ schema: 'pmcp.entries', blockedBy }));
    };
  };
  const stopped = { mcpState: 'inactive' };
  const wish = { dryRun: false, by: 'ann' };
  const stop = (then: Partial<Installed>, act: Act) => {
    const { here } = host([], act);
    let looks = 0;
    const run: Host['run'] = async (argv, how) => {
      if (argv[1] === '-s' && ++looks === 2) return ok(inventoryOf(then));
      return here.run(argv, how);
    };
    return stopMcp({ ...here, run }, layout, wish);
  };
  const fine = await stop(stopped, status(null));
  expect(fine).toMatchObject({ entries: 'open', problem: undefined });
  expect(await stop(stopped, status('halted by ann'))).toMatchObject({
    entries: 'closed: halted by ann',
  });
  for (const [then, act, problem] of [
    [{}, status(null), 'polymarket-mcp.service still runs'],
    [{ ...stopped, botState: 'failed' }, status(null), 'polymarket-bot.service is failed'],
    [{ ...stopped, botPid: 12 }, status(null), 'polymarket-bot.service was restarted meanwhile'],
    [stopped, () => undefined, 'the bot does not answer: exit code 0'],
  ] as [Partial<Installed>, Act, string][]) {
    expect((await stop(then, act)).problem).toBe(problem);
  }
});
