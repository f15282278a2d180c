import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checks } from '../../src/plan/checks.ts';
import type { Evidence } from '../../src/plan/evidence.ts';
import { reportOf } from '../../src/plan/report/model.ts';
import { findRun } from '../../src/plan/store.ts';
import { verify } from '../../src/plan/verify.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { putInto } from './project.ts';
import { COMMIT, createRelease } from './release.ts';

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  createRelease(putInto(join(home, 'root')));
  mkdirSync(join(home, 'project'));
  vi.stubEnv('DATA_DIR', join(home, 'data'));
  vi.stubEnv('MCP_PROJECT_DIRS', join(home, 'project'));
  vi.stubEnv('ENVIRONMENT', 'staging');
});
afterEach(() => vi.unstubAllEnvs());

type Settings = Parameters<typeof verify>[0];
function settings(more: Partial<Settings> = {}): Settings {
  return {
    target: 'staging',
    flags: { env: 'staging', dataDir: undefined },
    self: { command: process.execPath, args: [join(home, 'root', 'dist', 'pmcp.cjs')] },
    quick: true,
    pace: 0.03,
    wantsOwn: false,
    allowed: new Set(),
    cgroups: join(home, 'cgroup'),
    installation: join(home, 'opt'),
    signal: new AbortController().signal,
    phases: [4],
    resume: false,
    pmcpVersion: '1.2.3',
    recordedFile: undefined,
    dataDir: join(home, 'evidence'),
    progress: () => {},
    onStart: () => {},
    onEnd: () => {},
    ...more,
  };
}
const phase4 = checks.filter(({ phase }) => phase === 4).map(({ id }) => id);

test('an interrupted run is resumed: what passed is not made again, the rest is', async () => {
  const abort = new AbortController();
  const made: string[] = [];
  const started = (id: string) => {
    made.push(id);
    if (made.length === 4) abort.abort(new Error('stopped'));
  };
  const first = settings({ signal: abort.signal, onStart: ({ id }) => started(id) });
  await expect(verify(first)).rejects.toThrow('stopped');
  const meta = findRun(first.dataDir, undefined);
  expect(meta.finishedAt).toBeNull();
  const files = join(first.dataDir, 'verify', meta.id, 'evidence');
  expect(readdirSync(files)).toHaveLength(3);
  // One that did not pass, and one that a crash of the disk spoiled.
  const path = join(files, `${phase4[0]?.replace('/', '.')}.json`);
  const one: Evidence = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...one, result: 'FAIL' }));
  writeFileSync(join(files, `${phase4[1]?.replace('/', '.')}.json`), '{');
  const again: string[] = [];
  const resumed = await verify(settings({ resume: true, onStart: ({ id }) => again.push(id) }));
  expect(again).toEqual(phase4.filter((id) => id !== phase4[2]));
  expect(resumed.meta).toMatchObject({ id: meta.id, commit: COMMIT });
  expect(resumed.meta.finishedAt).not.toBeNull();
  expect(reportOf(resumed.meta, resumed.evidence)).toMatchObject({
    verdict: 'READY',
    ready: false,
  });
});

test('nothing is resumed that was never begun, or was of other code', async () => {
  await expect(verify(settings({ resume: true }))).rejects.toThrow('no run of staging to resume');
  await verify(settings());
  await expect(verify(settings({ resume: true, pmcpVersion: '2' }))).rejects.toThrow('commit');
  await expect(verify(settings({ resume: true, target: 'production' }))).rejects.toThrow('no run');
});

test('two runs within a second are two', async () => {
  const [a, b] = [await verify(settings()), await verify(settings())];
  expect(a.meta.id).not.toBe(b.meta.id);
  expect(findRun(a.directory.replace(/\/verify\/.*/, ''), undefined).id).toBe(b.meta.id);
  expect(() => findRun(join(home, 'evidence'), 'other')).toThrow('no run "other"');
  expect(() => findRun(join(home, 'none'), undefined)).toThrow('no run of `pmcp verify`');
});

test('a release without sources skips what needs them, and is not ready', async () => {
  const { meta, evidence } = await verify(settings({ phases: [1] }));
  const report = reportOf(meta, evidence);
  expect(report.counts).toMatchObject({ SKIPPED: 6, PASS: 0 });
  expect(report.evidence[0]?.detail).toMatch(/a release holds no sources/);
  expect(report.verdict).toBe('NOT READY');
});

function recorded(more: Partial<Evidence>, dirtyId?: string): string {
  const startedAt = new Date(Date.now() - 2 * 3_600_000).toISOString();
  const evidence = checks
    .filter(({ phase }) => phase === 1)
    .map(
      ({ id }): Evidence => ({
        ...{ id, result: 'PASS', detail: '40 passed', startedAt, durationMs: 5, commit: COMMIT },
        ...(id === dirtyId ? more : {}),
      }),
    );
  const path = join(home, 'root', 'verified.json');
  writeFileSync(path, JSON.stringify({ schema: 'pmcp.report', run: { id: 'R' }, evidence }));
  return path;
}

test('what was recorded of the same commit stands in for it, with its age', async () => {
  recorded({ commit: 'another' }, 'phase-1/imports-clean');
  const { evidence } = await verify(settings({ phases: [1] }));
  expect(evidence.get('phase-1/monitoring-tests')).toMatchObject({
    result: 'PASS',
    detail: expect.stringContaining(`recorded 2 h ago at ${COMMIT.slice(0, 10)}, run R`),
  });
  expect(evidence.get('phase-1/imports-clean')).toMatchObject({
    result: 'SKIPPED',
    detail: expect.stringContaining('other code'),
  });
});

test('a recorded file that is none is refused before anything is made', async () => {
  const file = join(home, 'other.json');
  const attempt = () => verify(settings({ recordedFile: file }));
  await expect(attempt()).rejects.toThrow('other.json');
  writeFileSync(file, '{"schema":"other"}');
  await expect(attempt()).rejects.toThrow('is no report');
});

test('what nobody allowed is skipped: production is only looked at', async () => {
  vi.stubEnv('ENVIRONMENT', 'production');
  vi.stubEnv('DASHBOARD_PORT', '1');
  vi.stubEnv('METRICS_PORT', '2');
  vi.stubEnv('MCP_HTTP_PORT', '3');
  const { meta, evidence } = await verify(settings({ target: 'production', phases: [2, 3, 5, 6] }));
  const result = (id: string) => `${evidence.get(id)?.result}: ${evidence.get(id)?.detail}`;
  expect(result('phase-3/cpu-usage')).toBe('SKIPPED: not in production without --allow-load');
  expect(result('phase-5/bot-continues')).toBe('SKIPPED: not without --allow-kill');
  expect(result('phase-6/limits-enforced')).toMatch(/^SKIPPED: /);
  // Where nothing runs nothing passes, and nothing is started instead.
  expect(result('phase-2/bot-starts')).toMatch(/^FAIL: no bot runs/);
  expect(meta.selfStarted).toBe(false);
  const passed = [...evidence.values()].filter((one) => one.result === 'PASS');
  expect(passed.map(({ id }) => id)).toEqual(['phase-6/trips-if-exceeded']);
});

test('a secret in the output of a check is not in its evidence', async () => {
  const secret = 'a-very-secret-token-0123456789';
  vi.stubEnv('MCP_HTTP_TOKEN', secret);
  const put = putInto(join(home, 'root'));
  put('said/rollback.json', JSON.stringify({ code: 0, text: `would use ${secret}` }));
  const { evidence } = await verify(settings({ phases: [7], target: 'production' }));
  const text = JSON.stringify([...evidence.values()]);
  expect(text).not.toContain(secret);
  expect(evidence.get('phase-7/rollback-exists')?.output).toContain('[redacted]');
});

test('a library that is missing is told, not passed', async () => {
  rmSync(join(home, 'root', 'dist', 'index.cjs'));
  const { meta, evidence } = await verify(settings());
  const report = reportOf(meta, evidence);
  expect(report.counts).toMatchObject({ PASS: 0, INCONCLUSIVE: phase4.length });
  expect(report.verdict).toBe('INCONCLUSIVE');
});

test('in a release health passes without coverage, and a first release can be rolled back at once', async () => {
  const put = putInto(join(home, 'root'));
  const check = (name: string, result: string) => ({ name, result, detail: 'so it is' });
  const says = (name: string, code: number, text: string) =>
    put(`said/${name}.json`, JSON.stringify({ code, text }));
  const coverage = check('test coverage reaches its target', 'unknown');
  says('health', 4, JSON.stringify({ verdict: 'inconclusive', checks: [coverage] }));
  says('deploy', 3, 'Would be refused: systemd does not run there');
  says('rollback--dry-run', 3, 'there is no good release');
  says('rollback--immediate', 0, 'stops the mcp service');
  const more = { phases: [7] as const, target: 'production' as const };
  const { evidence } = await verify(settings(more));
  expect(evidence.get('phase-7/health-checks-pass')).toMatchObject({ result: 'PASS' });
  expect(evidence.get('phase-7/no-changes-made')).toMatchObject({ result: 'PASS' });
  expect(evidence.get('phase-7/rollback-exists')).toMatchObject({
    result: 'PASS',
    detail: '--immediate is there; there is no good release',
  });
  says('rollback--immediate', 4, 'nobody answers');
  const checks = [coverage, check('component main_bot', 'unknown')];
  says('health', 4, JSON.stringify({ verdict: 'inconclusive', checks }));
  const later = await verify(settings(more));
  expect(later.evidence.get('phase-7/health-checks-pass')).toMatchObject({
    result: 'INCONCLUSIVE',
    detail: expect.stringContaining('main_bot'),
  });
  expect(later.evidence.get('phase-7/rollback-exists')).toMatchObject({ result: 'INCONCLUSIVE' });
});
