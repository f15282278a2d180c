import { expect, test } from 'vitest';
import { CLIENTS, mergeInstall, planInstall } from '../../src/mcp/install.ts';

const options = { launcher: '/opt/pmcp/bin/pmcp', dataDir: '/data' };

test.each(CLIENTS)('%s gets three servers, each a stdio command', (client) => {
  const plan = planInstall(client, options);
  expect(Object.keys(plan.servers)).toEqual([
    'pmcp-codebase-search',
    'pmcp-testing',
    'pmcp-monitoring',
  ]);
  expect(plan.servers['pmcp-testing']).toMatchObject({
    command: options.launcher,
    args: ['mcp', '--stdio', 'testing', '--data-dir', '/data'],
  });
});

test('what a client’s file holds is kept, and writing twice is writing once', () => {
  const plan = planInstall('vscode', options);
  const once = mergeInstall(plan, '{"inputs":[1],"servers":{"mine":{"command":"x"}}}');
  expect(JSON.parse(once ?? '')).toMatchObject({
    inputs: [1],
    servers: { mine: { command: 'x' }, 'pmcp-testing': {} },
  });
  expect(mergeInstall(plan, once)).toBe(once);
  expect(JSON.parse(mergeInstall(plan, undefined) ?? '')).toHaveProperty('servers');
});

test.each(['[]', 'null', '// comment\n{}', '{'])(
  'a file that is no JSON object is left alone: %j',
  (text) => {
    expect(mergeInstall(planInstall('cursor', options), text)).toBeUndefined();
  },
);
