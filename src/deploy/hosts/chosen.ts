import type { Config } from '../../config/schema.ts';
import { InconclusiveError, reasonOf } from '../../errors.ts';
import type { Host } from '../host.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { type Address, parseAddress, parseInventory } from './address.ts';
import { openHost } from './open.ts';

export interface Chosen {
  addresses: Address[];
  layout: Layout;
  sshConfig: string | undefined;
}

type DeployConfig = Pick<Config, 'DEPLOY_HOSTS' | 'DEPLOY_ROOT' | 'DEPLOY_SSH_CONFIG'>;

/** Those named on the command line, in its order; without any, the whole inventory. */
export function chooseHosts(config: DeployConfig, named: readonly string[]): Chosen {
  const addresses =
    named.length > 0 ? [...new Set(named)].map(parseAddress) : parseInventory(config.DEPLOY_HOSTS);
  return {
    addresses,
    layout: layoutOf(config.DEPLOY_ROOT),
    sshConfig: config.DEPLOY_SSH_CONFIG === '' ? undefined : config.DEPLOY_SSH_CONFIG,
  };
}

/** What was done on one host, or why it could not be. */
export type OnHost<Result> = { host: string } & (
  | { result: Result; problem?: undefined }
  | { result?: undefined; problem: string; error: unknown }
);

/** One host after the other; one that fails does not keep the others from their turn. */
export async function onEachHost<Result>(
  { addresses, sshConfig }: Chosen,
  act: (host: Host) => Promise<Result>,
): Promise<OnHost<Result>[]> {
  const results: OnHost<Result>[] = [];
  for (const address of addresses) {
    const host = openHost(address, sshConfig === undefined ? {} : { configFile: sshConfig });
    try {
      results.push({ host: host.name, result: await act(host) });
    } catch (error) {
      results.push({ host: host.name, problem: reasonOf(error), error });
    } finally {
      await host.close();
    }
  }
  return results;
}

/** A single host's own error is thrown as it is; of several, that not all could be asked. */
export function throwIfAllFailed<Result>(results: readonly OnHost<Result>[]): void {
  const [first] = results;
  if (!results.every(({ problem }) => problem !== undefined)) return;
  if (results.length === 1 && first && 'error' in first) throw first.error;
  const problems = results.map(({ problem = '' }) => ({ message: problem }));
  throw new InconclusiveError('no host could be asked', { problems });
}

/** The same on each host, as a command answers it: exit code 4 when one could not be asked. */
export async function askHosts<Result>(chosen: Chosen, act: (host: Host) => Promise<Result>) {
  const results = await onEachHost(chosen, act);
  throwIfAllFailed(results);
  const hosts = results.map(({ host, result, problem }) =>
    problem === undefined ? { host, result } : { host, problem },
  );
  const exitCode = results.some(({ problem }) => problem !== undefined) ? 4 : 0;
  return { data: { hosts }, exitCode };
}
