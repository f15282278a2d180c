import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layoutOf } from '../../../src/deploy/layout.ts';
import { byHand } from '../../../src/deploy/rollback/report.ts';
import { runPmcp, temporaryDirectory } from '../../journeys/run.ts';

const run = (root: string, ...args: string[]) => runPmcp(args, { env: { DEPLOY_ROOT: root } });

test('flags that exclude each other, a missing --yes and a bad host are told before anything', async () => {
  const root = temporaryDirectory();
  for (const [args, words] of [
    [['--immediate', '--full'], 'exclude each other'],
    [['--full', '--to', 'r1'], 'exclude each other'],
    [['--backup', 'b'], '--backup belongs to --full'],
    [[], '--yes is missing: nothing was changed'],
    [['--host', 'root@x', '--dry-run'], '"root@x" is no host'],
  ] as const) {
    const exit = await run(root, 'rollback', ...args);
    expect(exit, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    expect(exit.stderr).toContain(words);
  }
});

test('where nothing is installed there is nothing to go back to, list, or unlock', async () => {
  const root = temporaryDirectory();
  const back = await run(root, 'rollback', '--yes');
  expect(back).toMatchObject({ code: 3, stderr: expect.stringContaining('no good release') });
  expect(back.stderr).toContain('pmcp rollback --immediate');
  const full = await run(root, 'rollback', '--full', '--dry-run');
  expect(full).toMatchObject({ code: 3, stderr: expect.stringContaining('no backup that can be') });
  const named = await run(root, 'rollback', '--full', '--backup', 'mcp_x', '--dry-run');
  expect(named.stderr).toContain('no backup mcp_x there');
  expect((await run(root, 'releases')).stdout).toBe('nothing has been deployed\n');
  expect((await run(root, 'releases', 'unlock')).stdout).toBe('was not locked\n');
  expect((await run(root, 'releases', 'log')).stdout).toBe('nothing has happened yet\n');
  expect((await run(root, 'backup', 'list')).stdout).toBe('there is none\n');
  const mark = await run(root, 'releases', 'mark', 'bad', 'r1', 'why');
  expect(mark).toMatchObject({ code: 3, stderr: expect.stringContaining('no release r1 there') });
});

test('releases are listed, marked and pruned, and each change is in the audit', async () => {
  const root = temporaryDirectory();
  const layout = layoutOf(root);
  for (const id of ['r1', 'r2', 'r3']) {
    mkdirSync(layout.release(id), { recursive: true });
    const schemas = { journal: 1, monitor: 1, breaker: 1 };
    const about = { commit: 'abcdef0123', dirty: false, builtAt: '', pmcpVersion: '1', schemas };
    const manifest = { schema: 'pmcp.release', version: 1, id, ...about, files: {} };
    writeFileSync(join(layout.release(id), 'manifest.json'), JSON.stringify(manifest, null, 1));
  }
  symlinkSync('releases/r3', layout.current);
  expect((await run(root, 'releases', 'mark', 'good', 'r2', 'it', 'works')).stdout).toContain(
    'good',
  );
  expect((await run(root, 'releases', 'mark', 'bad', 'r1')).code).toBe(0);
  const listed = await run(root, 'releases');
  expect(listed.stdout).toMatch(/r3\s+untested\s+current[\s\S]*r2\s+good[\s\S]*r1\s+bad/);
  expect(listed.stdout).toContain('it works');
  const dry = await run(root, 'releases', 'prune', '--dry-run');
  expect(dry.stdout).toMatch(/would remove r1 \(bad\)\nkeeps r3 \(in use\)\nkeeps r2/);
  const pruned = await run(root, 'releases', 'prune', '--keep', '1');
  expect(pruned.stdout).toMatch(/^removed r1/);
  const again = JSON.parse((await run(root, 'releases', 'list', '--json')).stdout);
  expect(again.hosts[0].result.releases.map(({ id }: { id: string }) => id)).toEqual(['r3', 'r2']);
  const log = await run(root, 'releases', 'log');
  expect(log.stdout).toMatch(/marked\s+r2 by \S+ .*good: it works[\s\S]*pruned .*r1 \(bad\)/);
  const made = await run(root, 'backup', 'make', '--include-secrets', 'age1');
  expect(made).toMatchObject({ code: 2, stderr: expect.stringContaining('is no age recipient') });
  expect((await run(root, 'releases', 'list')).stdout).not.toContain('locked');
});

test('without a target there is only one thing to do by hand', () => {
  expect(byHand(layoutOf('/opt/x'), undefined)[0]).toBe('systemctl stop polymarket-mcp.service');
  expect(byHand(layoutOf('/opt/x'), 'r1')[0]).toContain('ln -sfn releases/r1 /opt/x/current.new');
});
