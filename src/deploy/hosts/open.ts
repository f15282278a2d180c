import type { Host } from '../host.ts';
import type { Address } from './address.ts';
import { createLocalHost } from './local.ts';
import { createSshHost, type SshOptions } from './ssh.ts';
import { transfer } from './transfer.ts';

/** Opens a host of the inventory. Nothing is connected before the first command. */
export function openHost(address: Address, options: SshOptions = {}): Host {
  const host = address.kind === 'local' ? createLocalHost() : createSshHost(address, options);
  return privileged(host);
}

/**
 * Units and links belong to root. An operator who is not root acts through sudo where it asks no
 * password; where it does, commands run as they are, and preflight names what is missing.
 */
export function privileged(host: Host): Host {
  let prefix: Promise<readonly string[]> | undefined;
  const find = async () => {
    const { stdout } = await host.run(['id', '-u']);
    if (stdout.trim() === '0') return [];
    const { code } = await host.run(['sudo', '-n', '--', 'true']);
    return code === 0 ? ['sudo', '-n', '--'] : [];
  };
  const run: Host['run'] = async (argv, options) => {
    prefix ??= find();
    return host.run([...(await prefix), ...argv], options);
  };
  return {
    name: host.name,
    run,
    upload: (from, to, signal) => transfer(run, from, to, signal),
    close: host.close,
  };
}
