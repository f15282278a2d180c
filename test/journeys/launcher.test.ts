import { chmodSync, cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { NODE_ENVIRONMENT, nodeFlagsFor } from '../../src/host/node-flags.ts';
import { runPmcp, temporaryDirectory } from './run.ts';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the launcher alone, in a folder with a space in its name. */
function bareCheckout(): { root: string; program: string } {
  const copy = join(temporaryDirectory(), 'my checkout');
  cpSync(join(root, 'bin'), join(copy, 'bin'), { recursive: true });
  return { root: copy, program: join(copy, 'bin/pmcp') };
}

/** A folder with a `node` that says it is of this version, and prints its arguments. */
function fakeNode(directory: string, version: number): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'node');
  writeFileSync(
    path,
    `#!/bin/sh\n[ "$1" = -p ] && echo ${version} || echo "fake $*\narenas $MALLOC_ARENA_MAX"\n`,
  );
  chmodSync(path, 0o755);
  return directory;
}

test('it works through a symbolic link, from another directory', async () => {
  const link = join(temporaryDirectory(), 'pmcp');
  symlinkSync(join(root, 'bin/pmcp'), link);
  const exit = await runPmcp(['--version'], { program: link });
  expect(exit).toMatchObject({ code: 0, stderr: '' });
});

test('without a runtime and with an old Node it says what to do', async () => {
  const { program } = bareCheckout();
  const PATH = `${fakeNode(join(temporaryDirectory(), 'old'), 20)}:/usr/bin:/bin`;
  const exit = await runPmcp(['--version'], { program, env: { PATH } });
  expect(exit).toMatchObject({ code: 2, stdout: '' });
  expect(exit.stderr).toMatch(/needs Node 24 or newer, found 20.*\n.*npm ci/);
});

test('without a build it says what to do', async () => {
  const { program } = bareCheckout();
  const PATH = `${fakeNode(join(temporaryDirectory(), 'new'), 24)}:/usr/bin:/bin`;
  const exit = await runPmcp(['--version'], { program, env: { PATH } });
  expect(exit).toMatchObject({ code: 2, stdout: '' });
  expect(exit.stderr).toMatch(/is not built.*npm run build/);
});

test('it prefers the bundled runtime, and hands every argument through', async () => {
  const { root: copy, program } = bareCheckout();
  fakeNode(join(copy, 'runtime'), 24);
  mkdirSync(join(copy, 'dist'));
  writeFileSync(join(copy, 'dist/pmcp.cjs'), '');
  const { stdout } = await runPmcp(['a b', '--json'], { program });
  expect(stdout).toMatch(/^fake .*dist\/pmcp\.cjs a b --json\narenas \n$/);
  expect(stdout).not.toContain('source-maps');
  const verbose = await runPmcp(['status', '--verbose'], { program });
  expect(verbose.stdout).toContain('--enable-source-maps');
});

test.each(['bot', 'mcp', 'status'])(
  '%s runs with the flags that it is started with elsewhere',
  async (name) => {
    const { root: copy, program } = bareCheckout();
    fakeNode(join(copy, 'runtime'), 24);
    mkdirSync(join(copy, 'dist'));
    writeFileSync(join(copy, 'dist/pmcp.cjs'), '');
    const { stdout } = await runPmcp([name], { program });
    const flags = stdout.split(' ').filter((word) => /^--(?:max-|opt|heap-|no-)/.test(word));
    expect(flags).toEqual(nodeFlagsFor(name));
    const arenas = flags.length > 0 ? NODE_ENVIRONMENT.MALLOC_ARENA_MAX : '';
    expect(stdout).toContain(`arenas ${arenas}\n`);
  },
);

test('behind a link to a release it runs that release, whatever the link becomes', async () => {
  const { root: release, program } = bareCheckout();
  fakeNode(join(release, 'runtime'), 24);
  mkdirSync(join(release, 'dist'));
  writeFileSync(join(release, 'dist/pmcp.cjs'), '');
  expect(program).toContain(release);
  const current = join(temporaryDirectory(), 'current');
  symlinkSync(release, current);
  const { stdout } = await runPmcp(['status'], { program: join(current, 'bin/pmcp') });
  expect(stdout).toContain(`${realpathSync(release)}/dist/pmcp.cjs status`);
});
