import { describe, expect, test } from 'vitest';
import { inventoryOf, manifestOf } from '../deploy/answers.ts';
import { fakeSsh, type Rule } from '../deploy/fake-ssh.ts';
import { NEW, OLD } from '../deploy/sample.ts';
import { runPmcp } from '../journeys/run.ts';
import { typeTo } from './terminal.ts';

const LOOK = 'sh -s -- /opt/polymarket-copy-bot';
const back = inventoryOf({ current: OLD, mcp: OLD });

function operator(looks: readonly string[], rules: readonly Rule[] = [], hosts = 'ssh://root@a') {
  const ssh = fakeSsh([
    ...rules,
    { match: LOOK, stdout: looks },
    { match: `${OLD}/manifest.json`, stdout: JSON.stringify(manifestOf(OLD)) },
    { match: 'entries status', stdout: '{"schema":"pmcp.entries","blockedBy":null}' },
  ]);
  const env = { PATH: ssh.path, DEPLOY_HOSTS: hosts };
  return {
    ran: ssh.ran,
    run: (...args: string[]) => runPmcp(['rollback', ...args], { env }),
    type: (answer: string, ...args: string[]) => typeTo(['rollback', ...args], answer, env),
  };
}

describe('pmcp rollback', () => {
  test('is done after a yes on the terminal, and drawn with what it took', async () => {
    const { type, ran } = operator([inventoryOf(), back]);
    const no = await type('', '--reason', 'it is slow');
    expect(no.code).toBe(2);
    expect(no.said).toContain('not confirmed: nothing was changed');
    expect(ran()).toBe('');
    const yes = await type('y', '--reason', 'it is slow');
    expect(yes.code).toBe(0);
    expect(yes.said).toContain('Roll back on ssh://root@a? [y/N] y');
    expect(yes.said).toMatch(/passed +\S+: its command line starts/);
    expect(yes.said).toContain(`ssh://root@a: ${NEW} -> ${OLD}, the bot was not touched`);
    expect(ran()).toContain('systemctl start pmcp-revert.service');
  });

  test('one that fails is exit code 6, with what to type by hand', async () => {
    const audit = [{ event: 'rollback-failed', release: OLD }];
    const wrong = inventoryOf({ mcpState: 'failed', audit });
    const { code, stderr } = await operator([inventoryOf(), wrong]).run('--yes', '--to', OLD);
    expect(code).toBe(6);
    expect(stderr).toContain('ssh://root@a: the rollback failed');
    expect(stderr).toContain('polymarket-mcp.service is failed');
    expect(stderr).toContain(`ln -sfn releases/${OLD}`);
  });

  test('a host out of reach does not keep the others from theirs: exit code 4', async () => {
    const stopped = inventoryOf({ mcpState: 'inactive' });
    const hosts = 'ssh://root@a,ssh://root@lost';
    const { run } = operator([inventoryOf(), stopped], [], hosts);
    const { code, stdout } = await run('--immediate');
    expect(code).toBe(4);
    expect(stdout).toMatch(/ssh:\/\/root@a: mcp stopped, the bot goes on, entries are open/);
    expect(stdout).toContain('ssh://root@lost cannot be reached: no route to host');
  });

  test('looked at first: nothing is changed', async () => {
    const { run, ran } = operator([inventoryOf()]);
    const dry = await run('--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/would arm[\s\S]*would put the host on/);
    expect(dry.stdout).toContain('ssh://root@a: nothing was changed');
    expect(ran()).not.toContain('pmcp-revert.service');
  });
});
