import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { HEALTHY, look, probeOf } from '../deploy/answers.ts';
import { fakeSsh, type Rule } from '../deploy/fake-ssh.ts';
import { NEW, OLD } from '../deploy/sample.ts';
import { smallRelease } from '../deploy/small-release.ts';
import { runPmcp, temporaryDirectory } from '../journeys/run.ts';
import { typeTo } from './terminal.ts';

let release = '';
beforeAll(() => {
  release = smallRelease(NEW, 1000);
});

const well: Rule[] = [
  { match: 'sh -s -- /opt/polymarket-copy-bot staging', stdout: probeOf(OLD) },
  { match: 'sh -s -- /opt/polymarket-copy-bot production', stdout: probeOf(OLD, 'production') },
  { match: 'validate-health', stdout: HEALTHY },
  { match: 'canary', stdout: look(0) },
  // What the bytes of an upload are counted by.
  { match: '.tar.gz' },
];

function operator(rules: readonly Rule[] = [], more: Record<string, string> = {}) {
  const ssh = fakeSsh([...rules, ...well]);
  const env = {
    PATH: ssh.path,
    DEPLOY_HOSTS: 'ssh://root@a',
    DEPLOY_GATE_SECONDS: '1',
    DEPLOY_OBSERVE_SECONDS: '0',
    ...more,
  };
  const words = (args: readonly string[]) => ['deploy', ...args, '--release', release];
  return {
    env,
    ran: ssh.ran,
    run: (...args: string[]) => runPmcp(words(args), { env }),
    plan: (...args: string[]) => runPmcp(['deploy', ...args], { env }),
    /** The same on a terminal, where the answer is typed. */
    type: (answer: string, ...args: string[]) => typeTo(words(args), answer, env),
  };
}

describe('pmcp deploy', () => {
  test('staging shows every step by default, and sends nothing', async () => {
    const { run, ran } = operator();
    const { code, stdout, stderr } = await run('staging', '--verbose');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`ssh://root@a: ${OLD} -> ${NEW}`);
    expect(stdout).toContain('undo: rm -f');
    expect(stdout).toContain(`DRY RUN of ${NEW} to staging: nothing was changed.`);
    expect(ran()).not.toMatch(/deploy.lock" *\$|ln -sfn|mkdir -p "\$1\/restore/);
    expect(ran()).not.toContain('systemctl restart');
  });

  test('a plan is saved with its release and its recipient, and carried out as it was', async () => {
    const recipient = `age1${'q'.repeat(58)}`;
    const { run, plan, ran } = operator();
    const file = join(temporaryDirectory(), 'plan.json');
    const saved = await run('staging', '--out', file, '--bot', '--include-secrets', recipient);
    expect(saved.code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      ...{ target: 'staging', bot: true, recipient, release: { id: NEW, archive: release } },
    });
    const wrong = await plan('production', '--plan', file);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/is for staging/) });
    const dry = await plan('staging', '--plan', file, '--dry-run');
    expect(dry).toMatchObject({ code: 2, stderr: expect.stringMatching(/leave out --dry-run/) });
    const done = await plan('staging', '--plan', file, '--json');
    expect(done.code).toBe(0);
    const { results, mend } = JSON.parse(done.stdout);
    expect(results).toMatchObject([{ host: 'ssh://root@a', outcome: 'deployed', from: OLD }]);
    expect(mend).toBeNull();
    expect(ran()).toContain(recipient);
    expect(ran()).toContain('systemctl restart polymarket-bot.service');
  });

  test('a saved plan is refused once a host has changed, naming what', async () => {
    const probe = probeOf(OLD);
    const changed = probe.replace('@@ unit polymarket-mcp.service\n', '$&# changed\n');
    const rule = { match: 'sh -s -- /opt/polymarket-copy-bot staging', stdout: [probe, changed] };
    const { run, plan, ran } = operator([rule]);
    const file = join(temporaryDirectory(), 'plan.json');
    await run('staging', '--out', file);
    const exit = await plan('staging', '--plan', file);
    expect(exit).toMatchObject({ code: 3, stdout: '' });
    expect(exit.stderr).toContain('changed since the plan was made');
    expect(exit.stderr).toContain('units polymarket-mcp.service');
    expect(ran()).not.toContain('ln -sfn');
  });

  test('a host out of reach is named before any is changed: exit code 4', async () => {
    const hosts = { DEPLOY_HOSTS: 'ssh://root@a,ssh://root@lost' };
    const { run, ran } = operator([], hosts);
    const exit = await run('staging', '--apply');
    expect(exit.code).toBe(4);
    expect(exit.stderr).toContain('ssh://root@lost cannot be reached: no route to host');
    expect(exit.stderr).toContain('Without them: --host ssh://root@a');
    expect(ran()).not.toContain('ln -sfn');
  });

  test('what is asked for twice or wrongly is told before a host is looked at', async () => {
    const { run, ran } = operator();
    for (const [args, words] of [
      [['staging', '--dry-run', '--apply'], 'either --dry-run or --apply'],
      [['staging', '--include-secrets', 'age1x'], 'is no age recipient'],
      [['staging', '--host', 'ssh://b'], '"ssh://b" is not in DEPLOY_HOSTS'],
      [['live'], '"live" is not known'],
    ] as const) {
      const exit = await run(...args);
      expect(exit, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
      expect(exit.stderr).toContain(words);
    }
    expect(ran()).toBe('');
  });

  test('production is changed by a yes, or by --yes, and by nothing else', async () => {
    const { run, type, ran } = operator();
    const silent = await run('production');
    expect(silent).toMatchObject({ code: 3, stderr: expect.stringContaining('only with --yes') });
    const no = await type('no', 'production');
    expect(no.code).toBe(3);
    expect(no.said).toContain('not confirmed: nothing was changed');
    expect(ran()).not.toContain('ln -sfn');
    const yes = await type('yes', 'production');
    expect(yes.code).toBe(0);
    expect(yes.said).toContain(`Deploy ${NEW} to production on ssh://root@a? [no/yes] yes`);
    expect(yes.said).toMatch(/passed +health gate/);
    expect(yes.said).toContain(`${OLD} -> ${NEW} deployed`);
  });

  test('a release that does not start is taken back: exit code 5, and the rest is named', async () => {
    const hosts = { DEPLOY_HOSTS: 'ssh://root@a,ssh://root@b' };
    const { run } = operator([{ match: 'systemctl restart "$1"', code: 1, stderr: 'no' }], hosts);
    const { code, stdout } = await run('staging', '--apply');
    expect(code).toBe(5);
    expect(stdout).toMatch(/ssh:\/\/root@a: .* failed, and was taken back/);
    expect(stdout).not.toContain('ssh://root@b');
  });

  test('a host that changed while it was looked at is left alone', async () => {
    const probes = [probeOf(OLD), probeOf(OLD).replace('releases/', 'releases/x')];
    const rule = { match: 'sh -s -- /opt/polymarket-copy-bot staging', stdout: probes };
    const { run, ran } = operator([rule]);
    const exit = await run('staging', '--apply');
    expect(exit.code).toBe(3);
    expect(exit.stderr).toContain('changed while it was waited for');
    expect(ran()).not.toContain('ln -sfn');
  });

  test('what is in the way is told by a dry run, too: exit code 3', async () => {
    const refusal = JSON.stringify({
      schema: 'pmcp.error',
      error: { problems: [{ message: 'MAX_DAILY_LOSS: not a number', hint: 'Allowed: more.' }] },
    });
    const rule = { match: 'pmcp-check', code: 2, stdout: refusal };
    const { run, ran } = operator([rule]);
    const dry = await run('staging');
    expect(dry.code).toBe(3);
    expect(dry.stdout).toContain(
      'Would be refused: the new release refuses the configuration: MAX_DAILY_LOSS: not a number',
    );
    const exit = await run('staging', '--apply');
    expect(exit).toMatchObject({ code: 3, stdout: '' });
    expect(exit.stderr).toContain('nothing was changed');
    expect(ran()).not.toContain('systemctl restart');
  });

  describe('when nothing can be told', () => {
    const few = { DEPLOY_OBSERVE_SECONDS: '1', DEPLOY_CANARY_MIN_COUNT: '10000' };

    test.each([
      ['hold', 4, 'runs, and nothing says yet that it is good'],
      ['rollback', 5, 'failed, and was taken back'],
    ])('--on-inconclusive %s', async (what, expected, words) => {
      const { run } = operator([], few);
      const { code, stdout } = await run('staging', '--apply', '--on-inconclusive', what);
      expect(code).toBe(expected);
      expect(stdout).toContain(words);
    });

    test('it is taken back where nobody can be asked, and asked for where somebody can', async () => {
      const { run, type } = operator([], few);
      const alone = await run('staging', '--apply');
      expect(alone.code).toBe(5);
      expect(alone.stderr).toContain('inconclusive: requests');
      const asked = await type('hold', 'staging', '--apply');
      expect(asked.code).toBe(4);
      expect(asked.said).toContain('Roll back, or let it run? [rollback/hold] hold');
    });
  });
});
