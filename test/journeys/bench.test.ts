import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RunOptions, runPmcp, temporaryDirectory } from './run.ts';

/** Timings are never asserted here: only that everything was measured, judged and kept. */
const FAKE = resolve(import.meta.dirname, '../fakes/sidecar.ts');

/** On the sources, with the sidecar of the fake; or the built product when `fake` is left out. */
async function bench(args: readonly string[], fake?: Record<string, string>) {
  const options: RunOptions = { dataDir: temporaryDirectory(), env: fake ?? {} };
  const all = ['bench', ...args];
  const exit = fake
    ? await runPmcp([FAKE, ...all], { ...options, program: process.execPath, timeoutMs: 170_000 })
    : await runPmcp(all, { ...options, timeoutMs: 170_000 });
  const kept = join(options.dataDir ?? '', 'bench');
  return { ...exit, kept: existsSync(kept) ? readdirSync(kept) : [], directory: kept };
}

const short = ['--with-mcp', '--block', '0.5', '--rate', '30', '--others', '20', '--json'];

describe('with and without the mcp process', () => {
  test('a sidecar that holds the bot still fails the latency row', {
    timeout: 180_000,
  }, async () => {
    const page = join(temporaryDirectory(), 'impact.html');
    const run = await bench(
      [...short, '--duration', '90', '--precision', '100000', '--report', page, '--export', 'csv'],
      { FAKE_STALL_MS: '300', FAKE_STALL_EVERY_MS: '400' },
    );
    const report = JSON.parse(run.stdout || '{}');
    expect(report, run.stderr).toMatchObject({ schema: 'pmcp.bench', kind: 'impact' });
    const treatments = report.quads.map((quad: { treatment: string }) => quad.treatment);
    const busy = treatments.filter((one: string) => one === 'busy').length;
    expect(busy).toBeGreaterThan(0);
    expect(report.copied).toBeGreaterThan(100);
    const [latency] = report.rows;
    expect(latency.metric).toBe('Trading latency');
    // The judge must see it where four quads say so, and must never call it a pass.
    expect(latency.status).toBe(busy >= 4 ? 'FAIL' : 'INCONCLUSIVE');
    expect(run.code).toBe(report.status === 'FAIL' ? 1 : 4);
    expect(readFileSync(page, 'utf8')).toContain('<svg');
    expect(run.kept.map((name) => name.replace(/.*\./, '')).sort()).toEqual(['csv', 'json']);
  });

  test('too noisy for the asked precision: 4, and how long it would take', {
    timeout: 120_000,
  }, async () => {
    const run = await bench([...short, '--duration', '20', '--precision', '0.01']);
    const report = JSON.parse(run.stdout || '{}');
    expect(run.code, run.stderr).toBe(4);
    expect(report).toMatchObject({ status: 'INCONCLUSIVE', quads: [], rows: [] });
    expect(report.message).toMatch(/too noisy .*(--duration \d+|longer run) is needed/);
  });

  test('Ctrl-C ends everything it started', { timeout: 60_000 }, async () => {
    const { startPmcp } = await import('./run.ts');
    const run = startPmcp(['bench', ...short]);
    await run.waitFor(/same against same/, 40_000);
    const { code } = await run.stop('SIGINT');
    expect(code).toBe(130);
    expect(readdirSync(join(run.dataDir, 'bench'))).toEqual([]);
  });
});

describe('components, beside their peers and their goals', () => {
  test.each([
    ['core', ['bare await', 'cockatiel (added)', 'opossum (added)', 'cockatiel', 'opossum'], 1],
    ['journal', ['append and fdatasync'], 0],
    [
      'signer',
      ['bare secp256k1 and two hashes', 'official client', '@polymarket/clob-client-v2'],
      0,
    ],
    ['replay', ['JSON.parse of it', 'JSON.parse of it', '25 wallets followed'], 2],
    ['exchange', ['bare signature recovery'], 0],
    ['startup', ['node -e 0', 'node -e 0', 'node -e 0'], 0],
    ['health', ['bare node:http'], 1],
    ['metrics', ['bare node:http'], 2],
    ['mcp', ['bare SDK server'], 1],
    ['search', ['bare rg', 'bare rg'], 1],
    ['daemon', [], 8],
    ['trading', [], 4],
  ])('%s', { timeout: 120_000 }, async (name, peers, goals) => {
    const run = await bench([name, '--rounds', '2', '--json']);
    expect(run.stdout, run.stderr).not.toBe('');
    const report = JSON.parse(run.stdout);
    expect(report).toMatchObject({ kind: 'component', name, absent: [] });
    expect(report.rows.map(({ peer }: { peer: string }) => peer)).toEqual(peers);
    for (const { nanoseconds, peerNanoseconds } of report.rows) {
      expect(nanoseconds).toBeGreaterThan(0);
      expect(Number.isFinite(peerNanoseconds)).toBe(true);
    }
    // Two rounds are too few for any verdict: a goal cannot be met by luck.
    expect(report.goals).toHaveLength(goals);
    for (const { measured, status, what } of report.goals) {
      expect(measured.estimate, what).toBeGreaterThanOrEqual(0);
      expect(status, what).toBe('INCONCLUSIVE');
    }
    const hasGoal =
      goals > 0 || report.rows.some(({ goal }: { goal: number | null }) => goal !== null);
    expect(run.code).toBe(hasGoal ? 4 : 0);
    expect(run.kept).toHaveLength(1);
  });

  test('an earlier report, and Markdown', { timeout: 60_000 }, async () => {
    const first = await bench(['journal', '--rounds', '5', '--json']);
    const file = join(first.directory, first.kept[0] ?? '');
    const second = await bench(['journal', '--rounds', '5', '--compare', file]);
    expect(second.stdout).toContain(`Against ${file}`);
    const third = await bench(['journal', '--rounds', '5', '--markdown']);
    expect(third.stdout).toContain('| What | Time | Beside |');
  });
});

test('scale: what grows, fitted', { timeout: 120_000 }, async () => {
  const run = await bench(['scale', '--quick', '--most', '1000', '--rounds', '2', '--json']);
  expect(run.stdout, run.stderr).not.toBe('');
  const { rows, kind } = JSON.parse(run.stdout);
  expect(kind).toBe('scale');
  expect(rows.map(({ unit }: { unit: string }) => unit)).toEqual([
    'followed wallets',
    'open positions',
    'journal rows',
    'MCP sessions',
    'open dashboards',
  ]);
  // One size is no growth.
  expect(rows[2]).toMatchObject({ status: 'INCONCLUSIVE', points: [{ size: 1000 }] });
  expect([1, 4]).toContain(run.code);
});

test.each([
  [['bench'], /say what to measure/],
  [['bench', 'core', '--with-mcp'], /say what to measure/],
  [['bench', 'nothing'], /is not known/],
  [['bench', 'core', '--compare', 'none.json'], /no such file/],
  [['bench', 'core', '--rounds', '0'], /--rounds: 0 is below 1/],
  [['bench', '--with-mcp', '--duration', '1'], /--duration: 1 is below 5/],
])('%j is refused', async (args, words) => {
  const { code, stderr } = await runPmcp(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});
