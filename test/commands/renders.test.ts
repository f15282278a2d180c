import { describe, expect, test } from 'vitest';
import alerts from '../../commands/alerts.ts';
import coverage from '../../commands/coverage.ts';
import rollback from '../../commands/rollback.ts';
import scan from '../../commands/scan.ts';
import type { CommandSpec } from '../../src/command.ts';
import { paintFor } from '../../src/screen/paint.ts';
import { runPmcp, temporaryDirectory } from '../journeys/run.ts';

const plain = paintFor({}, { color: false });
const drawn = (command: CommandSpec, data: object) =>
  command.render?.({ schema: '', version: 1, data }, plain);

describe('pmcp scan', () => {
  const counts = { definitions: 1, reads: 2, writes: 3 };
  const found = { scannedParams: { MAX_DAILY_LOSS: counts }, filesScanned: 4 };
  test('tells each parameter, and each place that is flagged', () => {
    const flagged = [{ path: 'a.py', line: 7, text: 'MAX_DAILY_LOSS = 0' }];
    const bad = drawn(scan, { ...found, status: 'flagged', message: 'one write', flagged });
    expect(bad).toContain('1 defined     2 read    3 written');
    expect(bad).toContain('4 files; one write\na.py:7  MAX_DAILY_LOSS = 0');
    const good = drawn(scan, { ...found, status: 'completed', message: 'clean', flagged: [] });
    expect(good).toMatch(/4 files; clean$/);
  });

  test('and pmcp coverage answer for a project that is there', { timeout: 60_000 }, async () => {
    const env = { MCP_PROJECT_DIRS: temporaryDirectory() };
    const scanned = await runPmcp(['scan', '--json'], { env });
    expect(JSON.parse(scanned.stdout)).toMatchObject({ schema: 'pmcp.scan', filesScanned: 0 });
    const covered = await runPmcp(['coverage'], { env });
    expect(covered.code).toBe(4);
    expect(covered.stdout).toContain('unknown of');
  });
});

test.each([
  ['passed', 0.91, 'passed: 91.0 % of 85.0 % (x)'],
  ['failed', 0.5, 'failed: 50.0 % of 85.0 % (x)'],
  ['unknown', null, 'unknown: unknown of 85.0 % (x)'],
])('pmcp coverage that %s', (status, figure, words) => {
  const data = { status, coverage: figure, threshold: 0.85, message: 'x' };
  expect(drawn(coverage, data)).toBe(words);
});

describe('pmcp rollback', () => {
  const check = { name: 'checksums', result: 'passed', detail: '', durationMs: 5 };
  const report = {
    host: 'local',
    kind: 'mcp',
    from: 'b',
    target: 'a',
    passed: [{ id: 'c', why: 'it is bad' }],
    checks: [check],
    steps: [{ title: 'switch', argv: ['ln', '-s', 'x', 'y'], durationMs: 3 }],
    dryRun: false,
    botRestarted: false,
    durationMs: 1200,
  };
  const words = (more: object) => drawn(rollback, { hosts: [{ ...report, ...more }] });

  test('tells what was passed over, what was done, and the time that it took', () => {
    const text = words({});
    expect(text).toContain('local: not c: it is bad');
    expect(text).toContain('done  switch  3 ms');
    expect(text).toContain(
      'local: b -> a, the bot was not touched (1.2 s; the plan allows 30 min)',
    );
    expect(words({ steps: [{ title: 'mark', argv: [] }] })).toMatch(/done {2}mark$/m);
  });

  test('a full one names its backup', () => {
    const text = words({ kind: 'full', backup: 'mcp_1.tar.gz', botRestarted: true });
    expect(text).toContain('b -> a from mcp_1.tar.gz, the bot was restarted');
    expect(words({ kind: 'full', from: undefined, target: undefined })).toContain(
      'nothing -> nothing',
    );
  });

  test('one at once says that the bot goes on', () => {
    expect(words({ kind: 'immediate', entries: 'allowed' })).toContain(
      'mcp stopped, the bot goes on, entries are allowed (1.2 s; the plan allows 5 min)',
    );
  });

  test('a dry run shows what would be done, a host that failed why', () => {
    const text = words({ dryRun: true });
    expect(text).toContain('would switch\n      ln -s x');
    expect(text).toContain('local: nothing was changed');
    const failed = { hosts: [{ host: 'ssh://x', problem: 'out of reach' }, { host: 'ssh://y' }] };
    expect(drawn(rollback, failed)).toContain('ssh://x: out of reach');
  });

  test.each([[['--immediate', '--full']], [['--full', '--to', 'x']], [['--backup', 'x']]])(
    '%j is no question',
    async (args) => {
      const exit = await runPmcp(['rollback', ...args]);
      expect(exit.code).toBe(2);
    },
  );
});

describe('pmcp alerts', () => {
  const named = (name: string) => {
    const found = alerts.subcommands?.find((one) => one.name === name);
    if (!found) throw new Error(`no subcommand ${name}`);
    return found;
  };
  const alert = {
    id: 'a1',
    key: 'bot.down',
    severity: 'critical',
    title: 'The bot is down',
    detail: 'no status for 60 s',
    raisedAtMs: 0,
    resolvedAtMs: null,
    acknowledged: null,
  };

  test('list tells what is open, what is over, who has seen it, and how many more there are', () => {
    const over = {
      ...alert,
      severity: 'warning',
      resolvedAtMs: 60_000,
      acknowledged: { by: 'root', falsePositive: true },
    };
    const seen = { ...alert, acknowledged: { by: 'root', falsePositive: false } };
    const text = drawn(named('list'), { alerts: [alert, over, seen], total: 5 });
    expect(text).toContain('a1  critical  The bot is down');
    expect(text).toContain('over, warning');
    expect(text).toContain('false positive, acknowledged by root');
    expect(text).toMatch(/2 more$/);
    expect(drawn(named('list'), { alerts: [], total: 0 })).toBe('no alerts');
  });

  test('ack and test say what became of it', () => {
    const of = (falsePositive: boolean) =>
      drawn(named('ack'), { alert: { ...alert, acknowledged: { falsePositive } } });
    expect([of(true), of(false)]).toEqual([
      'The bot is down: a false positive',
      'The bot is down: acknowledged',
    ]);
    expect(drawn(named('test'), { delivered: true, tookMs: 5 })).toBe('delivered in 5 ms');
    expect(drawn(named('test'), { delivered: false, problem: 'no chat' })).toContain('no chat');
    expect(drawn(named('silences'), { silences: [] })).toBe('none');
  });
});

test('alerts can be silenced where no process runs', { timeout: 60_000 }, async () => {
  const dataDir = temporaryDirectory();
  expect((await runPmcp(['alerts', 'list'], { dataDir })).stdout).toContain('no alerts');
  const args = ['alerts', 'silence', 'mcp.*', '--for', '30m', '--reason', 'a test'];
  const silenced = await runPmcp([...args, '--json'], { dataDir });
  const { id } = JSON.parse(silenced.stdout).silence;
  expect((await runPmcp(['alerts', 'silences'], { dataDir })).stdout).toContain(`${id}  mcp.*`);
  const ended = await runPmcp(['alerts', 'unsilence', id], { dataDir });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect((await runPmcp(['alerts', 'silences'], { dataDir })).stdout).toContain('none');
  expect((await runPmcp(['alerts', 'unsilence', 'nothing'], { dataDir })).code).not.toBe(0);
  expect((await runPmcp(['alerts', 'silence', 'x', '--for', 'ever'], { dataDir })).code).toBe(2);
});
