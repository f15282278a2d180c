import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { layoutOf, UNIT_DIRECTORY, UNITS } from '../../src/deploy/layout.ts';
import type { InstallationView } from '../../src/deploy/releases/view.ts';
import { root } from '../house/source.ts';
import { runPmcp, temporaryDirectory } from '../journeys/run.ts';
import {
  describeOnHosts,
  FIRST_START_MS,
  sshConfig,
  sshKey,
  startHost,
  type TestHost,
} from './host.ts';
import { packOnce, prepareStaging } from './install.ts';

vi.setConfig({ testTimeout: 180_000 });

const layout = layoutOf('/opt/polymarket-copy-bot');
const hosts: TestHost[] = [];
let env: Record<string, string>;
let archive = '';
let release = '';

interface Result {
  host: string;
  outcome: string;
  why?: string;
}

const urlOf = ({ ip }: TestHost) => `ssh://root@${ip}`;
const pmcp = async (...argv: string[]) => {
  const { code, stdout } = await runPmcp([...argv, '--json'], { env, timeoutMs: 150_000 });
  return { code, document: JSON.parse(stdout) };
};
/** What runs the release, by host, as `pmcp releases` tells it. */
const running = async () => {
  const { document } = await pmcp('releases');
  return (document.hosts as { result: InstallationView }[]).map(
    ({ result }) => result.releases.find(({ id }) => id === release)?.runs ?? [],
  );
};
const outcomes = (results: Result[]) =>
  results.map(({ host, outcome, why }) => [host, outcome, outcome === 'deployed' ? why : 'told']);

beforeAll(async () => {
  const key = sshKey();
  for (let n = 1; n <= 3; n += 1) {
    hosts.push(await startHost({ name: `fleet${n}`, sshKey: `${key}.pub` }));
  }
  await Promise.all(hosts.map((host) => prepareStaging(host, layout)));
  env = {
    DEPLOY_HOSTS: hosts.map(urlOf).join(','),
    DEPLOY_SSH_CONFIG: sshConfig(key),
    DEPLOY_REVERT_SECONDS: '20',
    DEPLOY_GATE_SECONDS: '40',
  };
  const packed = await packOnce();
  archive = packed.path;
  release = packed.manifest.id;
}, FIRST_START_MS);

afterAll(() => rmSync(archive, { force: true }));

describeOnHosts('three real hosts', () => {
  let mend = '';

  test('the first alone, then the others: one that fails is taken back, and is all that is left', async () => {
    const [, , third] = hosts as [TestHost, TestHost, TestHost];
    const spoiled = join(UNIT_DIRECTORY, `${UNITS.mcp}.d`, 'spoiled.conf');
    await third.write(spoiled, '[Service]\nExecStartPre=/bin/false\n');
    const argv = ['deploy', 'staging', '--apply', '--observe', '0', '--release', archive];
    const { code, document } = await pmcp(...argv);
    expect(code, JSON.stringify(document)).toBe(5);
    expect(outcomes(document.results), JSON.stringify(document.results)).toEqual([
      [urlOf(hosts[0] as TestHost), 'deployed', undefined],
      [urlOf(hosts[1] as TestHost), 'deployed', undefined],
      [urlOf(third), 'rolled-back', 'told'],
    ]);
    mend = document.mend;
    expect(mend).toBe(
      `pmcp releases mark good ${release} 'the host was at fault' --host ${urlOf(third)} && ` +
        `pmcp deploy staging --apply --release ${archive} --host ${urlOf(third)}`,
    );
    expect(await running()).toEqual([['mcp', 'bot'], ['mcp', 'bot'], []]);
    expect(await third.run(['pgrep', '-f', 'pmcp.cjs'])).toMatchObject({ stdout: '' });
    await third.sh(`rm ${spoiled}`);
  });

  test('the command that it gave mends it', async () => {
    // What an operator pastes into a shell.
    const script = `pmcp() { "${root}/bin/pmcp" "$@"; }; ${mend} --observe 0`;
    execFileSync('sh', ['-euc', script], {
      cwd: temporaryDirectory(),
      env: { PATH: process.env['PATH'], HOME: temporaryDirectory(), ...env },
      stdio: 'pipe',
    });
    const everywhere = ['mcp', 'bot'];
    expect(await running()).toEqual([everywhere, everywhere, everywhere]);
  });
});
