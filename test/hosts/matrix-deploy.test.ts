import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { layoutOf, UNITS } from '../../src/deploy/layout.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { smallRelease } from '../deploy/small-release.ts';
import { gatherEvidence } from '../journeys/evidence.ts';
import { until } from '../journeys/paper-world.ts';
import { prove } from '../journeys/proofs.ts';
import { TIGHT_RULES } from '../journeys/rules.ts';
import { runPmcp, startPmcp, temporaryDirectory } from '../journeys/run.ts';
import { fingerprint } from './fingerprint.ts';
import {
  describeOnHosts,
  FIRST_START_MS,
  sshConfig,
  sshKey,
  startHost,
  type TestHost,
} from './host.ts';
import { exchangeOf, expectNoneMissed, packOnce, prepareStaging } from './install.ts';
import { launcher, variantOf } from './releases.ts';

vi.setConfig({ testTimeout: 180_000 });

const layout = layoutOf('/opt/polymarket-copy-bot');
const dataDir = temporaryDirectory();
const SECRET = `0x${'5ec7e7'.repeat(10)}abcd`;
let host: TestHost;
let env: Record<string, string>;
let archive = '';
const said: string[] = [];

interface Result {
  host: string;
  outcome: string;
  why?: string;
  failedStep?: string;
  durationMs: number;
  steps: { id: string; durationMs: number }[];
  canary?: { verdict: string };
}

async function deploy(...args: string[]) {
  const argv = ['deploy', 'staging', '--json', '--observe', '0', ...args];
  const { code, stdout, stderr } = await runPmcp(argv, { env, timeoutMs: 150_000 });
  said.push(stdout, stderr);
  const document = JSON.parse(stdout);
  const [result] = (document.results ?? []) as Result[];
  return { code, result, document, stderr };
}

const links = async () => {
  const { stdout } = await host.run(['readlink', layout.current, layout.currentBot]);
  return stdout
    .trim()
    .split('\n')
    .map((link) => link.replace('releases/', ''));
};
const pidOf = async (unit: string) =>
  Number(await host.must(['systemctl', 'show', unit, '-p', 'MainPID', '--value']));
const pmcp = (...args: string[]) =>
  host.must([
    ...['sh', '-euc', 'cd "$1" && shift && exec "$@"', 'sh', layout.config],
    ...['runuser', '-u', 'pmcp', '--', `${layout.current}/bin/pmcp`, ...args],
  ]);

async function releases() {
  const { stdout } = await runPmcp(['releases', '--json'], { env });
  return stdout;
}

beforeAll(async () => {
  const key = sshKey();
  host = await startHost({
    name: 'deploy',
    sshKey: `${key}.pub`,
    binds: [`${dataDir}:${layout.data}`],
  });
  env = {
    DEPLOY_HOSTS: `ssh://root@${host.ip}`,
    DEPLOY_SSH_CONFIG: sshConfig(key),
    DEPLOY_REVERT_SECONDS: '10',
    DEPLOY_GATE_SECONDS: '30',
  };
  ({ path: archive } = await packOnce());
  await prepareStaging(host, layout, { PRIVATE_KEY: SECRET });
}, FIRST_START_MS);

// Whatever a case did, the bot saw every fill: before the first deploy there is no bot.
afterEach(async () => {
  if (existsSync(pathsOf(dataDir).journal)) await expectNoneMissed(host, dataDir);
}, 90_000);
afterAll(() => rmSync(archive, { force: true }));

describeOnHosts('deploying to a real host', () => {
  const [second, third, worse, dead] = [
    '20290101T000000Z-2222222',
    '20290102T000000Z-3333333',
    '20290103T000000Z-4444444',
    '20290104T000000Z-5555555',
  ];
  let firstId = '';
  let packedThird: string | undefined;
  const plainThird = () => {
    packedThird ??= variantOf(archive, { id: third });
    return packedThird;
  };

  beforeEach(async () => {
    // Losses of the market are not what is tried here, and a tripped breaker refuses a deploy.
    if (firstId !== '') await pmcp('breaker', 'reset', 'test', '--data-dir', layout.data);
  });

  test('a dry run on a bare host shows the first deploy, and changes nothing', async () => {
    const before = await fingerprint(host);
    const { code, document } = await deploy('--release', archive);
    expect(code).toBe(0);
    firstId = document.release;
    const [{ steps, downtime, from }] = document.plans;
    expect(from).toBeUndefined();
    const ids = steps.map(({ id }: { id: string }) => id);
    expect(ids.indexOf('arm')).toBeLessThan(ids.indexOf('switch-bot'));
    expect(ids.indexOf('verify-release')).toBeLessThan(ids.indexOf('install'));
    expect(downtime).toContainEqual({ service: UNITS.bot, expectedSeconds: 0 });
    expect(await fingerprint(host)).toBe(before);
    firstId = '';
  });

  test('the first deploy: user, directories, units, bot and monitoring', async () => {
    const { code, result } = await deploy('--apply', '--release', archive);
    expect(result?.why).toBeUndefined();
    expect({ code, outcome: result?.outcome }).toEqual({ code: 0, outcome: 'deployed' });
    const [current, bot] = await links();
    expect(current).toBe(bot);
    firstId = current ?? '';
    const shown = await host.must([
      ...['systemctl', 'show', UNITS.mcp, '-p', 'CPUQuotaPerSecUSec', '-p', 'MemoryMax'],
    ]);
    expect(shown).toContain('CPUQuotaPerSecUSec=150ms');
    expect(shown).toContain('MemoryMax=1073741824');
  });

  test('an upgrade restarts monitoring and leaves the bot alone, in well under a minute', async () => {
    const bot = await pidOf(UNITS.bot);
    const mcp = await pidOf(UNITS.mcp);
    const release = variantOf(archive, { id: second });
    const startedMs = performance.now();
    const { code, result } = await deploy('--apply', '--release', release);
    const tookMs = performance.now() - startedMs;
    expect({ code, why: result?.why }).toEqual({ code: 0, why: undefined });
    expect(await links()).toEqual([second, firstId]);
    expect(await pidOf(UNITS.bot)).toBe(bot);
    expect(await pidOf(UNITS.mcp)).not.toBe(mcp);
    expect(tookMs).toBeLessThan(60_000);
    expect(JSON.parse(await releases())).toMatchObject({});
  });

  test('a dry run on a running host changes nothing', async () => {
    const before = await fingerprint(host);
    const { code, document } = await deploy('--release', plainThird());
    expect(code).toBe(0);
    expect(document.plans[0].from).toBe(second);
    expect(await fingerprint(host)).toBe(before);
  });

  test('a release whose monitoring does not start is taken back', async () => {
    const bot = await pidOf(UNITS.bot);
    const files = { 'bin/pmcp': launcher(archive, 'exit 1') };
    const release = variantOf(archive, { id: dead, files });
    const { code, result } = await deploy('--apply', '--release', release);
    expect({ code, outcome: result?.outcome }).toEqual({ code: 5, outcome: 'rolled-back' });
    expect(result?.failedStep).toBe('restart-mcp');
    expect(await links()).toEqual([second, firstId]);
    expect(await pidOf(UNITS.bot)).toBe(bot);
    const again = await deploy('--apply', '--release', release);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain(`release ${dead} was marked bad`);
  });

  test('one that fails more often is taken back, and a second deploy meanwhile is refused', async () => {
    const spoil = `export NODE_OPTIONS=--require=$root/spoil.cjs`;
    const files = { 'bin/pmcp': launcher(archive, spoil), 'spoil.cjs': SPOILED };
    const release = variantOf(archive, { id: worse, files });
    const plain = plainThird();
    const argv = ['deploy', 'staging', '--apply', '--json', '--observe', '8', '--release', release];
    const operator = startPmcp(argv, { env });
    // It holds the lock from before its first step.
    await operator.waitFor(/passed +upload/, 60_000);
    const other = await deploy('--apply', '--release', plain);
    expect(other.code).toBe(3);
    expect(other.stderr).toMatch(/locked by .* deploy 20290103T000000Z-4444444/);
    const { code, stdout } = await operator.exited;
    const [result] = JSON.parse(stdout).results as Result[];
    expect({ code, why: result?.why }).toEqual({
      code: 5,
      why: expect.stringContaining('the canary failed: requests'),
    });
    expect(await links()).toEqual([second, firstId]);
  });

  test('an operator who is cut off: the host takes it back by itself', async () => {
    const release = variantOf(archive, { id: '20290105T000000Z-6666666' });
    const argv = ['deploy', 'staging', '--apply', '--observe', '60', '--release', release];
    const operator = startPmcp(argv, { env });
    await operator.waitFor(/left:/, 60_000);
    expect((await links())[0]).toBe('20290105T000000Z-6666666');
    await operator.kill();
    await until(
      'the host reverted',
      40_000,
      async () => (await links())[0] === second || undefined,
    );
    await until('the lock is free', 20_000, async () => {
      const { code } = await host.run(['test', '-e', `${layout.root}/deploy.lock`]);
      return code === 1 || undefined;
    });
    expect(await releases()).toContain('20290105T000000Z-6666666');
  });

  test('the bot is switched as well, and is away for less than five seconds', async () => {
    const bot = await pidOf(UNITS.bot);
    const release = plainThird();
    const { code, result } = await deploy('--apply', '--bot', '--release', release);
    expect({ code, why: result?.why }).toEqual({ code: 0, why: undefined });
    expect(await links()).toEqual([third, third]);
    expect(await pidOf(UNITS.bot)).not.toBe(bot);
    const restart = result?.steps.find(({ id }) => id === 'restart-bot');
    expect(restart?.durationMs).toBeLessThan(5000);
  });

  test('a damaged release is refused before the host is touched', async () => {
    const release = variantOf(archive, { id: '20290106T000000Z-7777777', damaged: true });
    const { code, stderr } = await deploy('--apply', '--release', release);
    expect(code).toBe(1);
    expect(stderr).toContain('bin/pmcp: FAILED');
  });

  test('a small disk, ports in use and no settings are told all at once', async () => {
    await host.sh('mkdir -p /small; mount -t tmpfs -o size=40m tmpfs /small');
    const before = env;
    env = { ...env, DEPLOY_ROOT: '/small/app' };
    const { code, document, stderr } = await deploy('--apply', '--release', archive);
    env = before;
    expect(code).toBe(3);
    const problems = document.error.problems.map((one: { message: string }) => one.message);
    expect(problems.join('\n')).toMatch(/MB are free on the disk/);
    expect(problems.join('\n')).toMatch(/there is no \/small\/app\/shared\/config\/.env/);
    expect(stderr).toContain('nothing was changed');
    expect(await host.must(['ls', '-A', '/small'])).toBe('');
  });

  test('a disk that fills up while the release is uploaded: told, and nothing of it stays', async () => {
    const full = '20290107T000000Z-8888888';
    const release = smallRelease(full, 30_000_000);
    const pids = [await pidOf(UNITS.bot), await pidOf(UNITS.mcp)];
    const before = await links();
    // What is installed is seen through it; free is what the preflight asks for, and little more.
    await host.sh(`mkdir /kept; mount --bind ${layout.releases} /kept; mount --make-private /kept
      mount -t tmpfs -o size=140m tmpfs ${layout.releases}
      cd ${layout.releases}; for at in /kept/*; do
        mkdir "\${at##*/}"; mount --bind "$at" "\${at##*/}"; done`);
    const there = await host.sh(`ls -A ${layout.releases}`);
    const fill = `cd ${layout.releases}; until [ -s .${full}.tar.gz.part ]; do sleep 0.005; done
      fallocate -l $(($(stat -f -c '%a * %S' .) - 4000000)) .filler`;
    const filling = host.run(['timeout', '60', 'sh', '-euc', fill]);
    const { code, result } = await deploy('--apply', '--release', release);
    expect({ code, ...result }).toMatchObject({
      ...{ code: 5, outcome: 'rolled-back', failedStep: expect.stringMatching(/upload|unpack/) },
      why: expect.stringContaining('No space left on device'),
    });
    expect((await filling).code).toBe(0);
    await host.sh(`rm ${layout.releases}/.filler`);
    expect(await host.sh(`ls -A ${layout.releases}`)).toBe(there);
    expect(await releases()).not.toContain(full);
    expect([await pidOf(UNITS.bot), await pidOf(UNITS.mcp)]).toEqual(pids);
    expect(await links()).toEqual(before);
    await host.sh(`umount -l ${layout.releases}/* ${layout.releases} /kept; rmdir /kept`);
  });

  test('a user who may not act as root is told so, and nothing is changed', async () => {
    await host.sh(`
      useradd -m -d /srv/pete pete
      install -d -m 700 -o pete /srv/pete/.ssh
      install -m 600 -o pete /root/.ssh/authorized_keys /srv/pete/.ssh/authorized_keys`);
    const before = env;
    env = { ...env, DEPLOY_HOSTS: `ssh://pete@${host.ip}` };
    const refused = await deploy('--apply', '--release', archive);
    // With a sudo that asks for nothing the same user may look.
    await host.write('/etc/sudoers.d/pete', 'pete ALL=(ALL) NOPASSWD: ALL\n', '0440');
    const shown = await deploy('--release', archive);
    env = before;
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('units and links belong to root');
    expect(shown.code).toBe(0);
  });

  test('three hosts, one out of reach: it is named, and nothing is changed', async () => {
    const before = env;
    const lost = 'ssh://root@10.99.0.251';
    env = {
      ...env,
      DEPLOY_HOSTS: `ssh://root@${host.ip},${lost},ssh://root@localhost:1`,
      DEPLOY_ROOT: '/opt/pmcp-x',
    };
    const { code, stderr } = await deploy('--apply', '--release', archive);
    env = before;
    expect(code).toBe(4);
    expect(stderr).toContain(`${lost} cannot be reached`);
    expect(stderr).toContain('Nothing was changed');
  });

  test('no secret was told, and every fill of a leader has its decision', async () => {
    await pmcp('halt', 'the test is over', '--data-dir', layout.data);
    await sleep(500);
    const evidence = await gatherEvidence({ ...(await exchangeOf(host)), dataDir });
    expect(prove(evidence, TIGHT_RULES).violations).toEqual([]);
    expect(said.join('')).not.toContain(SECRET.slice(2, 20));
    const { code } = await host.run([
      ...['grep', '-rlF', SECRET.slice(2), layout.releases, layout.marks, layout.audit],
    ]);
    expect(code).toBe(1);
  });
});

/** Every third request for metrics is answered with an error. */
const SPOILED = `'use strict';
const { Server } = require('node:http');
const emit = Server.prototype.emit;
let asked = 0;
Server.prototype.emit = function (event, request, response) {
  if (event === 'request' && request.url.startsWith('/metrics') && (asked += 1) % 3 === 0) {
    response.writeHead(500).end();
    return true;
  }
  return emit.apply(this, arguments);
};
`;
