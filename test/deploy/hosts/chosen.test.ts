import { expect, test } from 'vitest';
import { chooseHosts, onEachHost, throwIfAllFailed } from '../../../src/deploy/hosts/chosen.ts';
import { InconclusiveError, RefusedError } from '../../../src/errors.ts';

const config = { DEPLOY_HOSTS: 'local, ssh://ann@a', DEPLOY_ROOT: '/opt/x', DEPLOY_SSH_CONFIG: '' };

test('the inventory, or those that are named, each once', () => {
  const names = (named: string[]) => chooseHosts(config, named).addresses.map(({ name }) => name);
  expect(names([])).toEqual(['local', 'ssh://ann@a']);
  expect(names(['ssh://b', 'local', 'local'])).toEqual(['ssh://b', 'local']);
  expect(chooseHosts(config, [])).toMatchObject({
    sshConfig: undefined,
    layout: { root: '/opt/x' },
  });
  expect(chooseHosts({ ...config, DEPLOY_SSH_CONFIG: '/c' }, []).sshConfig).toBe('/c');
});

test('every host has its turn; only when none could act it is an error as a whole', async () => {
  const one = chooseHosts(config, ['local']);
  const [failed] = await onEachHost(one, () => Promise.reject(new RefusedError('no')));
  expect(failed).toMatchObject({ host: 'local', problem: 'no' });
  const refused = await onEachHost(one, () => Promise.reject(new RefusedError('no')));
  expect(() => throwIfAllFailed(refused)).toThrow(RefusedError);
  const [good] = await onEachHost(one, async (host) => (await host.run(['echo', 'x'])).stdout);
  expect(good).toEqual({ host: 'local', result: 'x\n' });
  if (!good || !failed) throw new Error('two results');
  expect(() => throwIfAllFailed([good, failed])).not.toThrow();
  expect(() => throwIfAllFailed([failed, failed])).toThrow(InconclusiveError);
});
