import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EntriesReport } from '../../src/bot/pause.ts';
import { askStep, runStep } from '../../src/deploy/apply/run-step.ts';
import { readAudit } from '../../src/deploy/audit.ts';
import { backupStep, listBackups } from '../../src/deploy/backup.ts';
import { botSwitchSteps, entriesArgv, pointArgv } from '../../src/deploy/bot-switch.ts';
import { armStep, disarmDeadMan, fireStep, renewDeadMan } from '../../src/deploy/dead-man.ts';
import { layoutOf, UNIT_DIRECTORY, UNITS } from '../../src/deploy/layout.ts';
import { acquireDeployLock, readDeployLock } from '../../src/deploy/lock.ts';
import { markStep } from '../../src/deploy/marks.ts';
import { planDeploy } from '../../src/deploy/plan/plan.ts';
import { type Prepared, prepareHost, type Wanted } from '../../src/deploy/prepare.ts';
import { openArchive } from '../../src/deploy/release/archive.ts';
import { packRelease } from '../../src/deploy/release/pack.ts';
import { takeInventory } from '../../src/deploy/releases/inventory.ts';
import { pruneReleases } from '../../src/deploy/releases/operate.ts';
import { viewOf } from '../../src/deploy/releases/view.ts';
import { type RollbackOptions, rollBack } from '../../src/deploy/rollback/carry-out.ts';
import { stopMcp } from '../../src/deploy/rollback/immediate.ts';
import { revertScript } from '../../src/deploy/rollback/prepare.ts';
import { RefusedError } from '../../src/errors.ts';
import { root as checkout } from '../house/source.ts';
import { until } from '../journeys/paper-world.ts';
import { runPmcp, temporaryDirectory } from '../journeys/run.ts';
import { describeOnHosts, FIRST_START_MS, sshKey, startHost, type TestHost } from './host.ts';
import { expectNoneMissed, installPaperHost, type PaperInstallation, packOnce } from './install.ts';

const layout = layoutOf('/opt/polymarket-copy-bot');
const key = { path: '' };
const dataDir = temporaryDirectory();
let host: TestHost;
let paper: PaperInstallation;
/** What is installed; the others are its copies under other names. */
let first = '';
const second = '20290101T000000Z-2222222';
const third = '20290102T000000Z-3333333';

const options: RollbackOptions = {
  kind: 'mcp',
  by: 'ann',
  reason: 'a test',
  environment: 'production',
  dryRun: false,
  lockWaitMs: 0,
  signal: new AbortController().signal,
  note: () => {},
};

/** A release that differs in its name only, and in its manifest where that is wanted. */
async function copyRelease(id: string, change = ''): Promise<void> {
  await host.sh(`cd ${layout.releases}; rm -rf ${id}; cp -al ${first} ${id}
    sed 's/^ "id": .*/ "id": "${id}",/${change}' ${first}/manifest.json >new; mv -f new ${id}/manifest.json
    rm -f ${layout.marks}/${id}.json`);
}

async function mark(release: string, word: 'good' | 'bad') {
  await runStep(host, markStep(layout, { release, mark: word, at: '', by: 'ann', why: 'a test' }));
}

async function take(
  token: string,
  to = second,
  delaySeconds = 60,
  bot?: { current: string | undefined },
) {
  const reversal = {
    ...(bot && { bot }),
    bad: { release: to, why: 'not confirmed' },
    current: first,
    units: { keep: [UNITS.mcp] },
    token,
    by: 'dead-man',
    events: { started: 'revert-started', done: 'reverted', failed: 'revert-failed' },
  };
  await runStep(host, armStep(layout, reversal, delaySeconds, revertScript()));
}

/** All units of ours, with their texts. */
const unitTexts = () =>
  host.sh(
    `cd ${UNIT_DIRECTORY}; for unit in polymarket-*.* pmcp-[!r]* pmcp-review-*; do
      [ ! -f "$unit" ] || { echo "== $unit"; cat "$unit"; }; done`,
  );
const restartMcp = () => host.must(['systemctl', 'restart', UNITS.mcp]);
const look = async () => viewOf(await takeInventory(host, layout));
const verdictOf = async (id: string) =>
  (await look()).releases.find((release) => release.id === id)?.verdict;

/** As a deploy leaves a host: confirmed, marked, its units kept. */
async function deploy(id: string) {
  await take('none', id);
  await host.must(pointArgv(layout.current, id));
  await restartMcp();
  await disarmDeadMan(host, layout);
  await mark(id, 'good');
}

/** The host is on the first release, mcp runs it, and nothing waits. */
async function expectFirst(botPid: number) {
  const inventory = await takeInventory(host, layout);
  expect(inventory).toMatchObject({
    current: first,
    mcp: { active: 'active', release: first },
    bot: { active: 'active', pid: botPid },
    revert: undefined,
    lock: undefined,
  });
  expect(viewOf(inventory).problems).toEqual([]);
}

describeOnHosts('the way back', () => {
  beforeAll(async () => {
    key.path = sshKey();
    const binds = [`${dataDir}:${layout.data}`];
    host = await startHost({ name: 'd3-back', sshKey: `${key.path}.pub`, binds });
    const packed = await packOnce();
    first = packed.manifest.id;
    paper = await installPaperHost(host, packed, {
      speed: 2,
      env: ['ENVIRONMENT=production'],
      // Of starts at 15 % of a core there are too many here.
      dropIns: { [UNITS.mcp]: ['CPUQuota='] },
    });
    await until('mcp runs', 60_000, async () => {
      return (await takeInventory(host, layout)).mcp.active === 'active' || undefined;
    });
  }, FIRST_START_MS);
  beforeEach(async () => {
    await copyRelease(second);
    await mark(first, 'good');
  });
  // Whatever a case did, the bot saw every fill.
  afterEach(() => expectNoneMissed(host, dataDir), 90_000);

  test('releases tells what runs, what is linked, and what nobody has tried', async () => {
    await host.sh(`rm ${layout.marks}/${first}.json`);
    const { releases, problems } = await look();
    expect(problems).toEqual([]);
    expect(releases).toMatchObject([
      { id: second, verdict: 'untested', current: false, runs: [] },
      { id: first, verdict: 'untested', current: true, currentBot: true, runs: ['mcp', 'bot'] },
    ]);
    await host.must(pointArgv(layout.current, second));
    expect((await look()).problems).toEqual([
      `${UNITS.mcp} runs ${first}, and current is ${second}: restart it`,
    ]);
    await host.must(pointArgv(layout.current, first));
  });

  test('the operator is gone and the time is up: the host takes it back by itself', async () => {
    const botPid = await paper.pidOf(UNITS.bot);
    const lock = await acquireDeployLock(host, layout, { who: 'ann', what: 'deploy' });
    await take(lock.token, second, 3);
    await renewDeadMan(host, layout);
    await host.must(pointArgv(layout.current, second));
    await restartMcp();
    await until('the reversal', 30_000, async () => {
      return (await takeInventory(host, layout)).revert === undefined || undefined;
    });
    await expectFirst(botPid);
    expect(await verdictOf(second)).toBe('bad');
    await expect(renewDeadMan(host, layout)).rejects.toThrow('has taken the change back');
    await expect(disarmDeadMan(host, layout)).rejects.toThrow(RefusedError);
    // Whose connection comes back afterwards finds it done.
    await runStep(host, fireStep(first));
    const { events } = await readAudit(host, layout);
    expect(events.slice(-2)).toMatchObject([
      { event: 'revert-started', by: 'dead-man', from: second },
      { event: 'reverted', release: first },
    ]);
    expect(await host.must(['systemctl', 'is-system-running'])).toBe('running');
  }, 60_000);

  describe('an operator who is cut off at any step of a deploy to production', () => {
    let fourth = '';
    let prepared: Prepared;
    let units = '';
    const blockedBy = async () => {
      const { stdout } = await host.run(entriesArgv(layout, 'status'));
      return String((JSON.parse(stdout) as EntriesReport).blockedBy);
    };
    const planned = (token: string) =>
      planDeploy(prepared.facts, { ...prepared.request, token }).steps;
    /** Steps from one to another, which is left out. */
    const between = (from: string, to: string, token = '') => {
      const ids = planned(token).map(({ id }) => id);
      return planned(token).slice(ids.indexOf(from), ids.indexOf(to));
    };
    test('before the way back is armed: nothing that runs has changed', async () => {
      // Something of everything differs: a unit that is replaced, one that is new.
      await host.sh(`cd ${UNIT_DIRECTORY}; echo '# old' >>${UNITS.mcp}; rm pmcp-review-weekly.timer
        systemctl daemon-reload`);
      units = await unitTexts();
      // This checkout as of another hour: the same in all but its name.
      const nowMs = Date.now() + 3_600_000;
      const packed = await packRelease({ from: checkout, into: temporaryDirectory(), nowMs });
      fourth = packed.manifest.id;
      const wanted: Wanted = {
        ...({ target: 'production', layout, bot: true, by: 'ann' } as const),
        release: await openArchive(packed.path),
        // Before the backups of the tests below.
        at: new Date('2026-08-01T00:00:00Z'),
        ...{ observeSeconds: 5, gateSeconds: 60, revertSeconds: 120, minimumCount: 3 },
      };
      prepared = await prepareHost(host, wanted, '', options.signal);
      const [bot, mcp] = [await paper.pidOf(UNITS.bot), await paper.pidOf(UNITS.mcp)];
      const [begin = fail()] = planned('');
      let isThere = false;
      for (const step of between(begin.id, 'arm')) {
        await runStep(host, step);
        isThere ||= step.id === 'install';
        const inventory = await takeInventory(host, layout);
        expect(inventory, step.id).toMatchObject({
          ...{ current: first, currentBot: first, revert: undefined },
          ...{ bot: { pid: bot, release: first }, mcp: { pid: mcp, release: first } },
        });
        const { releases, problems } = viewOf(inventory);
        expect(problems, step.id).toEqual([]);
        const found = releases.find(({ id }) => id === fourth);
        expect(found?.verdict, step.id).toBe(isThere ? 'untested' : undefined);
      }
      expect(isThere).toBe(true);
      expect(await unitTexts()).toBe(units);
    }, 60_000);

    test('while it is armed: all of it is taken back', async () => {
      // What only looks leaves the host as the step before it.
      const looks = ['running', 'gate', 'reconcile-bot'];
      const cuts = between('arm', 'disarm').filter(({ id }) => !looks.includes(id));
      expect(cuts.length).toBeGreaterThan(10);
      let { bot } = await takeInventory(host, layout);
      for (const { id: last } of cuts) {
        const lock = await acquireDeployLock(host, layout, { who: 'ann', what: 'deploy' });
        const steps = between('arm', 'disarm', lock.token);
        const ids = steps
          .map(({ id }) => id)
          .slice(0, 1 + steps.findIndex(({ id }) => id === last));
        for (const step of steps.slice(0, ids.length)) {
          if (step.id === 'gate') await askStep(host, step);
          else await runStep(host, step);
        }
        expect((await look()).problems.join(), last).toContain('waits for its confirmation');
        // What the host's timer starts when nobody puts it off any more.
        await runStep(host, fireStep(first));
        const after = await takeInventory(host, layout);
        expect(after, last).toMatchObject({
          ...{ current: first, currentBot: first, lock: undefined, revert: undefined },
          bot: { active: 'active', release: first },
          mcp: { active: 'active', release: first },
        });
        const { releases, problems } = viewOf(after);
        expect(problems, last).toEqual([]);
        expect(releases.find(({ id }) => id === fourth)?.verdict, last).toBe('bad');
        if (!ids.includes('restart-bot')) expect(after.bot.pid, last).toBe(bot.pid);
        if (ids.includes('pause-entries')) expect(await blockedBy(), last).not.toContain('paused');
        expect(await unitTexts(), last).toBe(units);
        ({ bot } = after);
      }
      const { events, unreadable } = await readAudit(host, layout);
      expect(events.filter(({ event }) => event === 'reverted').length).toBeGreaterThanOrEqual(
        cuts.length,
      );
      expect(unreadable).toBe(0);
      expect(await host.must(['systemctl', 'is-system-running'])).toBe('running');
      const decisions = await paper.decisions();
      await until('it trades on', 20_000, async () => {
        return (await paper.decisions()) > decisions || undefined;
      });
    }, 180_000);

    test('once it is confirmed: the change stays, and only its record may be missing', async () => {
      await host.sh(`rm ${layout.marks}/${fourth}.json`);
      const steps = planned('');
      const confirmed = steps.findIndex(({ id }) => id === 'disarm');
      let verdict = 'untested';
      for (const [index, step] of steps.entries()) {
        if (index < steps.findIndex(({ id }) => id === 'arm')) continue;
        if (step.id === 'gate') await askStep(host, step);
        else await runStep(host, step);
        if (index < confirmed) continue;
        if (step.id.startsWith('mark:')) verdict = 'good';
        const inventory = await takeInventory(host, layout);
        expect(inventory, step.id).toMatchObject({
          ...{ current: fourth, currentBot: fourth, revert: undefined },
          ...{ bot: { active: 'active', release: fourth }, mcp: { release: fourth } },
        });
        expect(viewOf(inventory).problems, step.id).toEqual([]);
        expect(await verdictOf(fourth), step.id).toBe(verdict);
      }
      expect(verdict).toBe('good');
      await take('none', fourth, 60, { current: first });
      await runStep(host, fireStep(first));
      await expectFirst(await paper.pidOf(UNITS.bot));
      const marks = `${layout.marks}/${fourth}.json`;
      await host.sh(`rm -rf ${layout.release(fourth)} ${layout.units}/${fourth} ${marks}
        rm ${layout.backups}/*`);
    }, 60_000);
  });

  test('a reboot in the middle, its power cut: the timer comes back and ends what was begun', async () => {
    await take('none', second, 12);
    await host.must(pointArgv(layout.current, second));
    await host.reset();
    expect((await takeInventory(host, layout)).revert).toMatchObject({ release: second });
    await until('the reversal', 40_000, async () => {
      return (await takeInventory(host, layout)).revert === undefined || undefined;
    });
    await expectFirst(await paper.pidOf(UNITS.bot));
  }, 60_000);

  test('the reversal itself is killed again and again, and ends all the same', async () => {
    const botPid = await paper.pidOf(UNITS.bot);
    await take('none');
    await host.must(pointArgv(layout.current, second));
    await restartMcp();
    for (const afterMs of [20, 60, 120, 250, 500]) {
      await host.must(['systemctl', 'start', '--no-block', 'pmcp-revert.service']);
      await sleep(afterMs);
      await host.run(['systemctl', 'kill', '--signal=KILL', 'pmcp-revert.service']);
      await host.run(['systemctl', 'reset-failed', 'pmcp-revert.service']);
    }
    // Nobody asks for it again: the host does.
    await until('the reversal', 20_000, async () => {
      return (await takeInventory(host, layout)).revert === undefined || undefined;
    });
    await expectFirst(botPid);
    expect(await verdictOf(second)).toBe('bad');
    const { unreadable } = await readAudit(host, layout);
    expect(unreadable).toBe(0);
  }, 60_000);

  test('a first deploy that is taken back leaves nothing that runs', async () => {
    const reversal = {
      bad: { release: first, why: 'x' },
      current: undefined,
      units: { keep: ['polymarket-none.service'] },
      token: 'none',
      by: 'dead-man',
      events: { started: 'revert-started', done: 'reverted', failed: 'revert-failed' },
    };
    await runStep(host, armStep(layout, reversal, 60, revertScript()));
    await host.write(
      `${UNIT_DIRECTORY}/polymarket-none.service`,
      '[Service]\nExecStart=sleep 1d\n',
    );
    await runStep(host, fireStep(undefined));
    const after = await takeInventory(host, layout);
    expect(after).toMatchObject({ current: undefined, mcp: { active: 'inactive' } });
    expect((await host.run(['test', '-e', `${UNIT_DIRECTORY}/polymarket-none.service`])).code).toBe(
      1,
    );
    await host.must(pointArgv(layout.current, first));
    await restartMcp();
  }, 60_000);

  test('to the good release before; what is bad, damaged or too old is never returned to', async () => {
    const botPid = await paper.pidOf(UNITS.bot);
    // The units of a release are kept when it is confirmed; the next one brings others.
    await deploy(first);
    const units = await unitTexts();
    await host.sh(`cd ${layout.release(second)}/systemd
      for kind in service timer; do cp pmcp-review-weekly.$kind ${UNIT_DIRECTORY}/pmcp-extra.$kind
        cp pmcp-review-weekly.$kind pmcp-extra.$kind; done
      cd ${UNIT_DIRECTORY}; sed -i 's/^Nice=.*/Nice=5/' pmcp-review-hourly.service
      rm pmcp-review-resources.timer
      systemctl daemon-reload; systemctl enable --quiet --now pmcp-extra.timer`);
    await deploy(second);
    const decisions = await paper.decisions();
    const everything = `find ${layout.root} ${UNIT_DIRECTORY} -path '*/shared/data' -prune \\
      -o -printf '%p %s %T@ %i %l\\n' | sort | sha256sum`;
    const before = await host.sh(everything);
    const dry = await rollBack(host, layout, { ...options, dryRun: true });
    expect(await host.sh(everything)).toBe(before);
    expect(dry).toMatchObject({ from: second, target: first, dryRun: true });
    expect(dry.checks.map(({ result }) => result)).toEqual(Array(4).fill('passed'));
    expect((await takeInventory(host, layout)).current).toBe(second);
    const done = await rollBack(host, layout, options);
    expect(done).toMatchObject({ from: second, target: first, problem: undefined });
    expect(done.durationMs).toBeLessThan(60_000);
    await expectFirst(botPid);
    expect(await unitTexts()).toBe(units);
    const timers = ['is-active', 'pmcp-extra.timer', 'pmcp-review-resources.timer'];
    const { stdout } = await host.run(['systemctl', ...timers]);
    expect(stdout).toBe('inactive\nactive\n');
    expect(await verdictOf(second)).toBe('bad');
    await until('it trades on', 20_000, async () => {
      return (await paper.decisions()) > decisions || undefined;
    });
    await expect(rollBack(host, layout, options)).rejects.toThrow(
      'no good release to roll back to',
    );
    await expect(rollBack(host, layout, { ...options, to: second })).rejects.toMatchObject({
      problems: [{ message: expect.stringContaining('it is marked bad') }],
    });
    // Of a schema that today's journal is beyond.
    await copyRelease(third, `; s/"journal": 1/"journal": 0/`);
    await mark(third, 'good');
    await expect(rollBack(host, layout, { ...options, to: third })).rejects.toMatchObject({
      problems: [{ message: expect.stringContaining("cannot read today's journal") }],
    });
    await copyRelease(third);
    await mark(third, 'good');
    await host.sh(`cd ${layout.release(third)}; cp README.md r; echo >>r; mv -f r README.md`);
    await expect(rollBack(host, layout, { ...options, to: third })).rejects.toMatchObject({
      message: expect.stringContaining('did not pass its rehearsal; nothing was changed'),
      problems: [{ message: expect.stringMatching(/README.md: FAILED/) }],
    });
    await expectFirst(botPid);
  }, 120_000);

  test('a change that waits for its confirmation is what a rollback takes back', async () => {
    const botPid = await paper.pidOf(UNITS.bot);
    const lock = await acquireDeployLock(host, layout, { who: 'bob', what: 'deploy' });
    await take(lock.token);
    await host.must(pointArgv(layout.current, second));
    const done = await rollBack(host, layout, options);
    expect(done).toMatchObject({
      kind: 'pending',
      from: second,
      target: first,
      problem: undefined,
    });
    await expectFirst(botPid);
    await expect(lock.renew()).rejects.toThrow('not ours any more');
  }, 60_000);

  test('at once: mcp stopped, the bot untouched and trading', async () => {
    const botPid = await paper.pidOf(UNITS.bot);
    const dry = await stopMcp(host, layout, { dryRun: true, by: 'ann' });
    expect(dry.steps).toHaveLength(2);
    expect(await paper.pidOf(UNITS.mcp)).toBeGreaterThan(0);
    const done = await stopMcp(host, layout, { dryRun: false, by: 'ann' });
    expect(done).toMatchObject({ problem: undefined, entries: 'open' });
    expect(done.durationMs).toBeLessThan(10_000);
    expect(await paper.pidOf(UNITS.mcp)).toBe(0);
    expect(await paper.pidOf(UNITS.bot)).toBe(botPid);
    await restartMcp();
  }, 60_000);

  test('from a backup: a damaged one is passed over, links, units and history come back', async () => {
    const node = `${layout.release(first)}/runtime/node`;
    for (const at of ['2026-09-01T00:00:00Z', '2026-09-02T00:00:00Z']) {
      await runStep(host, backupStep(layout, { at: new Date(at), node }));
    }
    const [newest, oldest] = await listBackups(host, layout);
    await host.sh(`printf x | dd of=${newest?.path} bs=1 seek=500 conv=notrunc status=none`);
    const unit = await host.read(`${UNIT_DIRECTORY}/${UNITS.mcp}`);
    await deploy(second);
    for (const step of botSwitchSteps(layout, { from: first, to: second })) {
      await runStep(host, step);
    }
    expect(await takeInventory(host, layout)).toMatchObject({ bot: { release: second } });
    await host.sh(`echo '# worse' >>${UNIT_DIRECTORY}/${UNITS.mcp}`);
    const done = await rollBack(host, layout, { ...options, kind: 'full' });
    expect(done).toMatchObject({
      problem: undefined,
      backup: oldest?.name,
      target: first,
      botRestarted: true,
      passed: [{ id: newest?.name, why: expect.stringContaining('damaged') }],
    });
    expect(done.durationMs).toBeLessThan(60_000);
    await expectFirst(await paper.pidOf(UNITS.bot));
    expect(await takeInventory(host, layout)).toMatchObject({
      currentBot: first,
      bot: { release: first },
    });
    expect(await host.read(`${UNIT_DIRECTORY}/${UNITS.mcp}`)).toBe(unit);
    const wrong = rollBack(host, layout, { ...options, kind: 'full', backup: newest?.name ?? '' });
    await expect(wrong).rejects.toThrow('there is no backup that can be restored');
  }, 120_000);

  test('prune keeps what is in use and the last good one, and removes the rest', async () => {
    await copyRelease(third);
    await mark(third, 'good');
    await mark(second, 'bad');
    await host.sh(`mkdir ${layout.releases}/.upload.new`);
    const pruned = await pruneReleases(host, layout, { keep: 1, dryRun: false, by: 'ann' });
    expect(pruned.remove).toEqual([{ id: second, why: 'bad' }]);
    expect(pruned.keep.map(({ id }) => id)).toEqual([third, first]);
    expect(await host.sh(`ls -A ${layout.releases}`)).toBe([first, third].join('\n'));
    expect(await readDeployLock(host, layout)).toBeUndefined();
  }, 60_000);

  test('docs/rollback.md works as it stands', async () => {
    const text = readFileSync(new URL('../../docs/rollback.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, block = '']) =>
      [...block.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line),
    );
    const byHand = /^```sh\n([\s\S]*?)^```/m.exec(text)?.[1] ?? '';
    const run = (line: string) =>
      host.sh(`cd ${layout.config}; PATH=${layout.current}/bin:$PATH; ${line}`, {
        timeoutMs: 60_000,
      });
    const said: string[] = [];
    for (const block of blocks) {
      // Each block begins where there is something to roll back from.
      if (said.length > 0) {
        await copyRelease(second);
        await deploy(second);
      }
      for (const line of block) {
        said.push(await run(line));
        if (said.length === 2) await deploy(second);
      }
      await expectFirst(await paper.pidOf(UNITS.bot));
    }
    expect(said.join('\n')).toMatch(/the plan allows 5 min[\s\S]*the plan allows 30 min/);
    await copyRelease(second);
    await deploy(second);
    expect(await host.sh(byHand, { timeoutMs: 60_000 })).toContain('active (running)');
    await expectFirst(await paper.pidOf(UNITS.bot));
  }, 120_000);

  test('a release that does not start: exit code 6, the bot untouched, and what to do', async () => {
    const botPid = await paper.pidOf(UNITS.bot);
    await deploy(second);
    const kept = `${layout.units}/${first}/${UNITS.mcp}`;
    const good = '/tmp/good.service';
    await host.sh(`mkdir -p ${layout.units}/${first}; cp ${UNIT_DIRECTORY}/${UNITS.mcp} ${good}
      sed 's|^ExecStart=.*|ExecStart=/bin/false|' ${good} >${kept}`);
    const pmcp = `cd ${layout.config}; exec ${layout.current}/bin/pmcp rollback --yes`;
    const exit = await host.run(['sh', '-c', pmcp], { timeoutMs: 100_000 });
    expect(exit.code).toBe(6);
    expect(exit.stderr).toMatch(/polymarket-mcp.service is (?!active)\w+/);
    expect(exit.stderr).toContain(`ln -sfn releases/${first}`);
    expect((await takeInventory(host, layout)).lock).toBeUndefined();
    const { events } = await readAudit(host, layout);
    expect(events.at(-1)?.event).toBe('rollback-failed');
    await host.sh(`cp ${good} ${UNIT_DIRECTORY}/${UNITS.mcp}; rm -r ${layout.units}/${first}
      systemctl daemon-reload; systemctl reset-failed ${UNITS.mcp} || true`);
    await restartMcp();
    await expectFirst(botPid);
  }, 120_000);

  test('over ssh, from the command line', async () => {
    await deploy(second);
    const dir = temporaryDirectory();
    const config = `${dir}/ssh`;
    const lines = [`IdentityFile ${key.path}`, 'StrictHostKeyChecking no', 'LogLevel ERROR'];
    writeFileSync(config, ['Host *', ...lines, 'UserKnownHostsFile /dev/null', ''].join('\n  '));
    const env = {
      ENVIRONMENT: 'production',
      DEPLOY_SSH_CONFIG: config,
      DEPLOY_HOSTS: `ssh://root@${host.ip}`,
    };
    const done = await runPmcp(['rollback', '--yes', '--json'], { env });
    expect(JSON.parse(done.stdout).hosts).toMatchObject([{ from: second, target: first }]);
    const listed = await runPmcp(['releases'], { env });
    expect(listed.stdout).toMatch(new RegExp(`${second}\\s+bad`));
    expect(listed.stdout).toMatch(
      new RegExp(`${first}\\s+good\\s+current, current-bot, runs mcp, runs bot`),
    );
  }, 120_000);
});

function fail(): never {
  throw new Error('no such step');
}
