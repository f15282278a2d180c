import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { enforcement } from '../../src/plan/cgroup.ts';
import type { Site } from '../../src/plan/site.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { type Put, putInto } from './project.ts';

let root: string;
let put: Put;
const site = () =>
  ({ cgroups: root, pace: 0.03, signal: new AbortController().signal }) as unknown as Site;

function systemctl(group: string): void {
  const bin = temporaryDirectory();
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho ${group}\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
}

beforeEach(() => {
  root = temporaryDirectory();
  put = putInto(root);
  systemctl('/mcp');
});

afterEach(() => vi.unstubAllEnvs());

/** Version 1, where nobody holds the hog back. */
function legacy(quota: number): void {
  put('cpu/mcp/cpu.cfs_quota_us', `${quota}\n`);
  put('cpu/mcp/cpu.cfs_period_us', '100000\n');
  put('cpu/mcp/cpu.stat', 'nr_periods 5\nnr_throttled 2\n');
  put('cpu/mcp/cgroup.procs', '');
  put('memory/mcp/memory.limit_in_bytes', `${2 ** 30}\n`);
}

test('version 1: the hog itself is measured, and one that is not held back is a failure', async () => {
  legacy(15_000);
  expect(await enforcement(site())).toMatchObject({
    result: 'FAIL',
    threshold: 15,
    detail: expect.stringMatching(/got \d+\.?\d* % of a core, quota 15 %, held back 0 times/),
  });
});

test('no quota, no memory limit', async () => {
  legacy(-1);
  expect((await enforcement(site())).detail).toContain('no CPU quota');
  legacy(15_000);
  put('memory/mcp/memory.limit_in_bytes', '9223372036854771712\n');
  expect((await enforcement(site())).detail).toContain('memory limit of it is');
});

test.each(['', '/'])('a unit that does not run (%j) cannot be told', async (group) => {
  systemctl(group);
  const { result, detail } = await enforcement(site());
  expect([result, detail]).toEqual(['INCONCLUSIVE', expect.stringContaining('does not run')]);
});

test('a control group that the kernel does not show cannot be told', async () => {
  expect(await enforcement(site())).toMatchObject({ result: 'INCONCLUSIVE' });
});
