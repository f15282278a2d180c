import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unitLimits } from '../../src/host/unit-limits.ts';
import { temporaryDirectory } from '../journeys/run.ts';

const path = process.env['PATH'];
let bin: string;
beforeEach(() => {
  bin = temporaryDirectory();
  process.env['PATH'] = `${bin}:/bin:/usr/bin`;
});
afterEach(() => {
  process.env['PATH'] = path;
});

function limits(script: string) {
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
  return unitLimits('polymarket-mcp.service');
}
const shown = (cpu: string, memory: string) =>
  limits(`echo LoadState=loaded; echo CPUQuotaPerSecUSec=${cpu}; echo MemoryMax=${memory}`);

test('limits in the words of systemd', async () => {
  expect(await shown('150ms', '1073741824')).toEqual({ cpuPercent: 15, memoryBytes: 2 ** 30 });
  expect(await shown('1.5s', 'infinity')).toEqual({ cpuPercent: 150, memoryBytes: undefined });
  expect(await shown('500us', '0')).toEqual({ cpuPercent: 0.05, memoryBytes: undefined });
  expect(await shown('infinity', '1')).toEqual({ cpuPercent: undefined, memoryBytes: 1 });
});

test('no unit, a systemd that does not answer, no systemd: each is told', async () => {
  expect(await limits('echo LoadState=not-found')).toEqual({
    problem: 'polymarket-mcp.service is not installed here',
  });
  expect(await limits('echo "not booted with systemd" >&2; exit 1')).toEqual({
    problem: 'systemd cannot be asked here (not booted with systemd)',
  });
  process.env['PATH'] = temporaryDirectory();
  expect(await unitLimits('x')).toEqual({ problem: 'systemd cannot be asked here (no systemctl)' });
});
