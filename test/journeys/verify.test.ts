import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Exit, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

/** pmcp processes of runs that were given this directory. */
function processesOf(directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
}

describe('an installation of its own, by the operator’s command line', () => {
  let dataDir: string;
  let exit: Exit;

  beforeAll(async () => {
    dataDir = temporaryDirectory();
    exit = await runPmcp(['verify', '--quick', '--phase', '4', '5'], {
      dataDir,
      timeoutMs: 120_000,
    });
  }, 130_000);

  test('is started, broken on purpose, watched, and gone', () => {
    expect(exit.stdout).toMatch(/^Phase 4: Circuit Breaker Testing$/m);
    expect(exit.stdout).toMatch(/^ {2}PASS {10}Circuit breaker trips on very high CPU/m);
    expect(exit.stdout).toMatch(
      /monitoring \(pid \d+\) killed; bot pid \d+ made [1-9]\d* decisions/,
    );
    expect(exit.stdout).toMatch(/pid \d+ answers [\d.]+ s after pid \d+ ended/);
    expect(exit.stdout).toMatch(/^READY \(phases 4, 5 only\) \(quick: .*\): 16 PASS$/m);
    expect(exit.code).toBe(0);
  });

  test.each([
    ['md', /^# MCP Integration Test Report - /],
    ['html', /^<!doctype html>/],
    ['xml', /^<\?xml version="1.0"/],
    ['json', /^\{\n {2}"schema": "pmcp.report"/],
  ])('its report as %s', async (suffix, begins) => {
    const out = join(temporaryDirectory(), `report.${suffix}`);
    const { code, stdout } = await runPmcp(['report', '--out', out], { dataDir });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/: READY, run \d{8}T\d{6}Z\n$/)]);
    const text = readFileSync(out, 'utf8');
    expect(text).toMatch(begins);
    if (suffix === 'xml') expect(XMLValidator.validate(text)).toBe(true);
    if (suffix === 'json') expect(JSON.parse(text)).toMatchObject({ ready: false, partial: true });
  });

  test('and printed: Markdown for people, a document for machines', async () => {
    const { stdout } = await runPmcp(['report'], { dataDir });
    expect(stdout).toContain('NOT READY (phases 4, 5 pass; the others were not run)');
    const { stdout: json } = await runPmcp(['report', '--json'], { dataDir });
    expect(JSON.parse(json)).toMatchObject({ schema: 'pmcp.report', verdict: 'READY' });
  });

  test('--out that cannot be written, and a run that is not there', async () => {
    const bad = await runPmcp(['report', '--out', '/nonexistent/report.md'], { dataDir });
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('cannot be written')]);
    const none = await runPmcp(['report', '--run', 'other'], { dataDir });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no run "other"')]);
  });
});

test('interrupted it cleans up, ends with 130, and can be resumed', async () => {
  const dataDir = temporaryDirectory();
  const run = startPmcp(['verify', '--quick', '--phase', '2'], { dataDir });
  await run.waitFor(/PASS {10}Start bot with monitoring/, 60_000);
  const scratch = readdirSync(tmpdir()).filter((name) => name.startsWith('pmcp-verify-'));
  expect(processesOf('pmcp-verify-').length).toBeGreaterThan(0);
  const { code } = await run.stop('SIGINT');
  expect(code).toBe(130);
  const left = scratch.filter((name) => existsSync(join(tmpdir(), name)));
  expect(left.flatMap((name) => processesOf(name))).toEqual([]);
  const [id = ''] = readdirSync(join(dataDir, 'verify'));
  expect(readdirSync(join(dataDir, 'verify', id, 'evidence')).length).toBeGreaterThan(0);
  const report = await runPmcp(['report'], { dataDir });
  expect(report.stdout).toContain('Interrupted: `pmcp verify --resume` goes on with it.');
}, 90_000);

test.each([
  [['--staging', '--production'], 'either --staging or --production'],
  [['--phase', '9'], '--phase: "9" is no phase'],
  [['--production', '--rehearse-rollback'], 'on staging only'],
])('%j is refused before anything is done', async (args, words) => {
  const { code, stderr } = await runPmcp(['verify', ...args]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});
