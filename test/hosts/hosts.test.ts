import { expect, test } from 'vitest';
import { describeOnHosts, FIRST_START_MS, hostProblem, sshKey, startHost } from './host.ts';

test.skipIf(process.env['CI'] !== 'true')('in CI every test on a host runs', () => {
  expect(hostProblem).toBeUndefined();
});

describeOnHosts('a test host', () => {
  test(
    'is a Debian with a running systemd, reached by its shell and by ssh',
    async () => {
      const key = sshKey();
      const host = await startHost({ name: 'own', sshKey: `${key}.pub` });
      expect(await host.must(['systemctl', 'is-system-running'])).toBe('running');
      expect(await host.run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
        code: 3,
        stdout: 'out\n',
        stderr: 'err\n',
      });
      await host.write('/etc/pmcp-test', 'text', '0600');
      expect(await host.read('/etc/pmcp-test')).toBe('text');
      const ssh = [
        '-i',
        key,
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
      ];
      const { execFileSync } = await import('node:child_process');
      const said = execFileSync('ssh', [...ssh, '-q', `root@${host.ip}`, 'hostname'], {
        encoding: 'utf8',
      });
      expect(said.trim()).toBe(host.name);
      const machine = await host.read('/etc/machine-id');
      const boot = () => host.must(['systemctl', 'show', '-p', 'UserspaceTimestampMonotonic']);
      const before = await boot();
      await host.reset();
      expect(await host.must(['systemctl', 'is-system-running'])).toBe('running');
      expect(await boot()).not.toBe(before);
      expect(await host.read('/etc/pmcp-test')).toBe('text');
      expect(await host.read('/etc/machine-id')).toBe(machine);
      await host.close();
      await expect(host.must(['true'])).rejects.toThrow('no running host');
    },
    FIRST_START_MS,
  );
});
