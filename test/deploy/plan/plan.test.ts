import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNITS } from '../../../src/deploy/layout.ts';
import { unifiedDiff } from '../../../src/deploy/plan/diff.ts';
import { planDeploy } from '../../../src/deploy/plan/plan.ts';
import type { DeployRequest } from '../../../src/deploy/plan/request.ts';
import { planView } from '../../../src/deploy/plan/view.ts';
import type { Prepared } from '../../../src/deploy/prepare.ts';
import { planLines } from '../../../src/screen/plan-view.ts';
import { bare, factsOf, NEW, OLD, problemsOf, requestOf } from '../sample.ts';

const plain = (text: string) => text;
const paint = { good: plain, warn: plain, bad: plain, dim: plain, strong: plain };
const idsOf = (...given: Parameters<typeof planDeploy>) =>
  planDeploy(...given).steps.map(({ id }) => id);

describe('a plan', () => {
  test('of an upgrade: nothing is switched before it can be taken back', () => {
    const facts = factsOf();
    expect(idsOf(facts, requestOf(facts))).toEqual([
      ...['upload', 'unpack', 'verify-release', 'install', 'audit:installed', 'check-config'],
      ...['backup', 'maintenance', 'baseline', 'arm', 'switch', 'audit:switched', 'restart-mcp'],
      ...['running', 'gate', 'observe', 'disarm', `mark:${NEW}`, 'audit:deployed'],
      'maintenance-end',
    ]);
  });

  test('never touches the bot without --bot, and with it monitoring comes first', () => {
    const facts = factsOf();
    const plan = planDeploy(facts, requestOf(facts));
    expect(plan.steps.flatMap(({ argv }) => argv).join(' ')).not.toContain(UNITS.bot);
    expect(plan.downtime).toContainEqual({ service: UNITS.bot, expectedSeconds: 0 });
    const both = idsOf(facts, requestOf(facts, { bot: true }));
    expect(both.indexOf('restart-mcp')).toBeLessThan(both.indexOf('pause-entries'));
    expect(both.indexOf('pause-entries')).toBeLessThan(both.indexOf('switch-bot'));
    expect(both.indexOf('resume-entries')).toBeLessThan(both.indexOf('gate'));
  });

  test('of a first deploy begins with user and directories, and the bot comes first', () => {
    const facts = bare();
    const plan = planDeploy(facts, requestOf(facts));
    const ids = plan.steps.map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['user', 'directories']);
    expect(ids).not.toContain('backup');
    expect(ids.indexOf('restart-bot')).toBeLessThan(ids.indexOf('restart-mcp'));
    expect(plan.from).toBeUndefined();
    expect(plan.files.filter(({ change }) => change === 'create').length).toBeGreaterThan(3);
  });

  test('changes units that differ, and leaves those of the bot to --bot', () => {
    const { units } = factsOf();
    const name = UNITS.mcp;
    const changed = factsOf({ units: { ...units, [name]: 'old\n', [UNITS.bot]: 'old\n' } });
    const plan = planDeploy(changed, requestOf(changed));
    expect(plan.steps.filter(({ id }) => id.startsWith('unit:')).map(({ id }) => id)).toEqual([
      `unit:${name}`,
    ]);
    expect(plan.notes).toEqual([`${UNITS.bot} differs, and is left as it is: deploy with --bot`]);
    const [unit] = plan.files.filter(({ path }) => path.endsWith(name));
    expect(unit?.diff).toContain('-old');
  });

  test('of a release that is there already only checks it', () => {
    const facts = factsOf({ releases: [OLD, NEW] });
    expect(idsOf(facts, requestOf(facts, { observeSeconds: 0 })).slice(0, 3)).toEqual([
      'verify-release',
      'check-config',
      'backup',
    ]);
  });

  test('asks through systemd where secrets are credentials', () => {
    const facts = factsOf({ credentials: ['PRIVATE_KEY'] });
    const check = planDeploy(facts, requestOf(facts)).steps.find(({ id }) => id === 'check-config');
    expect(check?.argv[0]).toBe('systemd-run');
    expect(check?.argv.join(' ')).toContain('LoadCredential=PRIVATE_KEY:');
  });

  test('secrets are in its backup only when a recipient is named, whose public key is all it tells', () => {
    const facts = factsOf();
    const backupOf = (different: Partial<DeployRequest>) =>
      planDeploy(facts, requestOf(facts, different)).steps.find(({ id }) => id === 'backup');
    const recipient = `age1${'q'.repeat(58)}`;
    expect(backupOf({ recipient })?.argv.at(-1)).toBe(recipient);
    expect(backupOf({ recipient })?.reason).toContain(recipient);
    expect(backupOf({})?.argv.at(-1)).toBe('');
  });

  test('the same facts and wishes give the same plan; other facts another hash', () => {
    const facts = factsOf();
    const plan = planDeploy(facts, requestOf(facts));
    expect(planDeploy(factsOf(), requestOf(facts))).toEqual(plan);
    expect(planDeploy({ ...facts, atMs: 0, disk: undefined }, requestOf(facts)).factsHash).toBe(
      plan.factsHash,
    );
    expect(planDeploy({ ...facts, current: NEW }, requestOf(facts)).factsHash).not.toBe(
      plan.factsHash,
    );
  });

  test('is drawn with every step, its reason and its words', () => {
    const facts = factsOf();
    const plan = planDeploy(facts, requestOf(facts));
    const problems = [{ message: 'too small', hint: 'Buy a disk.' }];
    const view = planView({ plan, problems } as unknown as Prepared);
    const text = planLines(view, paint, false).join('\n');
    for (const { title, reason } of plan.steps) {
      expect(text).toContain(title);
      expect(text).toContain(reason);
    }
    expect(text).toContain('Would be refused: too small');
    expect(planLines(view, paint, true).join('\n').length).toBeGreaterThan(text.length);
  });
});

describe('preflight', () => {
  test('a host in good order passes, a bare one too', () => {
    expect(problemsOf(factsOf())).toEqual([]);
    expect(problemsOf(bare())).toEqual([]);
  });

  const bot = factsOf().bot as Exclude<ReturnType<typeof factsOf>['bot'], { problem: string }>;
  const holder = { token: 'x', who: 'bob', from: 'pc', what: 'deploy 1', since: '2026-01-05' };
  test.each([
    [{ arch: 'arm64' }, 'the host is arm64, the release is for x64'],
    [{ systemd: undefined }, 'systemd does not run there'],
    [{ systemd: 240 }, 'systemd is 240'],
    [{ missingPrograms: ['flock'] }, 'programs are missing there: flock'],
    [{ isRoot: false }, 'this user may not act as it'],
    [{ writable: false }, 'cannot be written'],
    [{ backupsWritable: false }, 'backups/mcp cannot be written'],
    [{ disk: undefined }, 'free disk space cannot be told'],
    [{ disk: { freeBytes: 1e6, freeInodes: 1e6 } }, '1.0 MB are free on the disk'],
    [{ disk: { freeBytes: 1e12, freeInodes: 5 } }, '5 files can still be made'],
    [{ listening: [{ port: 9090, pid: 7, program: 'prometheus' }] }, 'port 9090 (METRICS_PORT)'],
    [{ config: [] }, 'there is no /opt/polymarket-copy-bot/shared/config/.env'],
    [{ config: [{ path: 'a/.env', mode: '644', owner: 'pmcp' }] }, 'a/.env has mode 644'],
    [{ config: [{ path: 'a/.env', mode: '600', owner: 'bob' }] }, 'a/.env belongs to bob'],
    [{ settings: { ENVIRONMENT: 'staging' } }, 'ENVIRONMENT is staging'],
    [{ settings: {} }, 'ENVIRONMENT is not set'],
    [
      { settings: { ENVIRONMENT: 'production', MCP_MARKET_HOURS_ENABLED: 'true' } },
      'market hours last until 2026-01-05T16:00Z',
    ],
    [{ bot: { problem: 'silent' } }, 'the bot does not answer: silent'],
    [{ bot: { ...bot, environment: 'staging' } }, 'the bot runs as staging'],
    [{ bot: { ...bot, unknownOrders: 2 } }, '2 orders have an outcome that nobody knows yet'],
    [{ bot: { ...bot, tradingBreaker: 'tripped' } }, 'the trading breaker is tripped'],
    [{ marks: { [NEW]: 'bad' } }, `release ${NEW} was marked bad`],
    [
      { lock: { holder: holder as never, silentSeconds: 3, revertPending: false } },
      'locked by bob on pc',
    ],
  ] as const)('%j is refused', (different, message) => {
    const problems = problemsOf(factsOf(different as never));
    expect(problems.join('\n')).toContain(message);
  });

  test('all problems are told at once', () => {
    const facts = factsOf({ arch: 'arm64', systemd: undefined, disk: undefined, config: [] });
    expect(problemsOf(facts).length).toBe(4);
  });

  test('the lock that this deploy holds is no problem; a port of our own neither', () => {
    const lock = { holder: { ...holder, token: 'token' } as never, silentSeconds: 0 };
    expect(problemsOf(factsOf({ lock: { ...lock, revertPending: false } }))).toEqual([]);
    const unnamed = [{ port: 8080, pid: undefined, program: undefined }];
    expect(problemsOf(factsOf({ listening: unnamed }))).toEqual([]);
    expect(problemsOf({ ...bare(), listening: unnamed })).toEqual([
      'port 8080 (DASHBOARD_PORT) is taken',
    ]);
  });
});

describe('a diff', () => {
  test('shows what changed, with three lines around it', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const after = [...before.slice(0, 9), 'new', ...before.slice(10), 'last'];
    const diff = unifiedDiff('f', `${before.join('\n')}\n`, `${after.join('\n')}\n`);
    expect(diff.split('\n')).toEqual([
      ...['--- f', '+++ f', '@@', ' line 6', ' line 7', ' line 8', '-line 9', '+new'],
      ...[' line 10', ' line 11', ' line 12', '@@', ' line 17', ' line 18', ' line 19', '+last'],
    ]);
    expect(unifiedDiff('f', 'a', 'a')).toBe('');
    expect(unifiedDiff('f', '', 'a\nb\n').split('\n')).toEqual([
      '--- f',
      '+++ f',
      '@@',
      '+a',
      '+b',
    ]);
  });

  test('what it takes away and adds turns one text into the other', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        fc.pre(before.join('\n') !== after.join('\n'));
        const text = (all: string[]) => `${all.join('\n')}\n`;
        const shown = unifiedDiff('f', text(before), text(after)).split('\n').slice(2);
        const count = (mark: string) => shown.filter((line) => line.startsWith(mark)).length;
        expect(count('+') - count('-')).toBe(after.length - before.length);
        expect(count('-')).toBeLessThanOrEqual(before.length);
      }),
    );
    const long = 'x\n'.repeat(3000);
    expect(unifiedDiff('f', long, `${long}y\n`)).toContain('+y');
  });
});
