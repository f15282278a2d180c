import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { axeViolations, chromiumPath, openPage } from '../observe/dashboard/chromium.ts';
import { type Seeded, seedInstallation } from '../plan/review/seed.ts';
import { freePort, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

const DAY_MS = 86_400_000;

describe('an installation of five weeks, its release in the third', () => {
  const dataDir = temporaryDirectory();
  const cwd = temporaryDirectory();
  let seeded: Seeded;
  const review = (...args: string[]) =>
    runPmcp(['review', ...args], { dataDir, cwd, env: { ENVIRONMENT: 'production' } });
  const read = (name: string) => readFileSync(join(dataDir, 'reviews', name), 'utf8');

  beforeAll(() => {
    seeded = seedInstallation({ dataDir, nowMs: Date.now(), slower: 1.3 });
    writeFileSync(join(cwd, '.env.production'), 'MONITOR_INTERVAL_SECONDS=15\nCOPY_RATIO=0.2\n');
  });

  test('week 1: what was seen, what was not, what tripped', async () => {
    const exit = await review('--week', '1', '--json');
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(exit.stdout)).toMatchObject({
      schema: 'pmcp.review',
      week: 1,
      from: new Date(seeded.releaseAtMs).toISOString(),
      hoursSeen: 163,
      hoursOf: 168,
      partial: null,
      proposals: [],
      patch: '',
    });
    const markdown = read('week-1.md');
    expect(markdown).toMatch(/163 of 168 hours were seen/);
    expect(markdown).toMatch(/MCP servers, every hour \| 168 of 168 \| 168 \| 0 \| 0/);
    expect(markdown).toMatch(/Resources, every 30 minutes \| 336 of 336/);
    expect(markdown).toMatch(/trading \| failure\\_rate \| 1 \| 1.0 h/);
    expect(markdown).not.toMatch(/Before and after/);
    expect(statSync(join(dataDir, 'reviews', 'week-1.html')).mode & 0o777).toBe(0o600);
  });

  test('week 2: the release made trading a third slower, and that is FAIL', async () => {
    mkdirSync(join(dataDir, 'bench'), { recursive: true });
    const takenAt = new Date(seeded.releaseAtMs + 9 * DAY_MS).toISOString();
    const bench = { schema: 'pmcp.bench', version: 1, kind: 'component', name: 'signer' };
    const path = join(dataDir, 'bench', 'one.json');
    writeFileSync(
      path,
      JSON.stringify({ ...bench, machine: { takenAt }, status: 'PASS', rows: [] }),
    );
    writeFileSync(join(dataDir, 'bench', 'torn.json'), '{');
    expect(await review('--week', '2')).toMatchObject({ code: 0 });
    const markdown = read('week-2.md');
    expect(markdown).toMatch(/in the bot, p50 \| .* \| \+[23]\d\.\d % \(.*\) \| \+5 % \| FAIL/);
    expect(markdown).toMatch(/Memory of the bot \| .* \| \+100 MB \| PASS/);
    expect(markdown).toMatch(/signer \| PASS/);
    expect(markdown).toMatch(/MCP\\_RESOURCE\\_LIMIT\\_MB \| 1000 to 200/);
  });

  test('week 3: proposals with their evidence, as a patch that patch takes, and nothing has changed', async () => {
    const before = readFileSync(join(cwd, '.env.production'), 'utf8');
    const { code, stdout } = await review('--week', 'last', '--json');
    expect(code).toBe(0);
    const { week, proposals, advice } = JSON.parse(stdout);
    expect(week).toBe(3);
    const keys = proposals.map(({ key }: { key: string }) => key);
    expect(keys).toEqual([
      'MCP_RESOURCE_LIMIT_MB',
      'MONITOR_INTERVAL_SECONDS',
      'BREAKER_COOLDOWN_SECONDS',
    ]);
    expect(JSON.stringify(advice)).toMatch(/5 trips by discovery_blind. 3 of them between 14:00/);
    expect(readFileSync(join(cwd, '.env.production'), 'utf8')).toBe(before);

    execFileSync('patch', ['-p1', '-d', cwd, '--quiet'], { input: read('week-3.patch') });
    const shown = await runPmcp(['config', 'show', '--changed', '--json'], {
      cwd,
      env: { ENVIRONMENT: 'production' },
    });
    expect(JSON.parse(shown.stdout).values).toMatchObject({
      MONITOR_INTERVAL_SECONDS: { value: 30 },
      MCP_RESOURCE_LIMIT_MB: { value: 200 },
      BREAKER_COOLDOWN_SECONDS: { value: 7200 },
      COPY_RATIO: { value: 0.2 },
    });
  });

  test('the week that has just begun says so, with exit code 4, and writes nothing', async () => {
    const exit = await review('--week', '4');
    expect(exit.code).toBe(4);
    expect(exit.stderr).toMatch(/history has \d+ hours of it, and 24 are needed/);
    expect(existsSync(join(dataDir, 'reviews', 'week-4.md'))).toBe(false);
    expect((await review('--week', '9')).stderr).toMatch(
      /week 9 begins at .*nothing to review yet/,
    );
  });

  test('a week that is not over is marked as partial; its release can be named', async () => {
    const releaseAt = new Date(Date.now() - 3 * DAY_MS).toISOString();
    const output = temporaryDirectory();
    const exit = await review('--week', '1', '--release-at', releaseAt, '--output', output);
    expect(exit.code).toBe(4);
    expect(exit.stdout).toMatch(/partial: it has 4.0 days to go/);
    expect(readFileSync(join(output, 'week-1.md'), 'utf8')).toMatch(/\*\*Partial: it has 4.0 days/);
  });

  test('an audit of deploys beside it decides where weeks begin', async () => {
    const root = temporaryDirectory();
    const deployed = join(root, 'shared', 'data');
    mkdirSync(deployed, { recursive: true });
    execFileSync('cp', ['-r', `${dataDir}/.`, deployed]);
    const at = (days: number) => new Date(seeded.releaseAtMs + days * DAY_MS).toISOString();
    const events = [
      { at: at(1), event: 'deployed', by: 'ops', release: 'r7' },
      { at: at(2), event: 'rolled-back', by: 'ops', release: 'r6' },
      { at: at(2.1), event: 'marked', by: 'ops', release: 'r7' },
    ];
    writeFileSync(
      join(root, 'deploy.log.jsonl'),
      `${events.map((one) => JSON.stringify(one)).join('\n')}\n`,
    );
    const exit = await runPmcp(['review', '--week', '1', '--json'], { dataDir: deployed, cwd });
    expect(JSON.parse(exit.stdout)).toMatchObject({ release: 'release r7', from: at(1) });
  });

  test('the page: light and dark, no script, nothing fetched, nothing wider than the window', async ({
    skip,
  }) => {
    skip(!chromiumPath, 'chromium is not installed');
    await review('--week', '3');
    const url = pathToFileURL(join(dataDir, 'reviews', 'week-3.html')).href;
    expect(read('week-3.html')).not.toMatch(/<script|https?:/);
    for (const colorScheme of ['light', 'dark'] as const) {
      const open = await openPage(url, { viewport: { width: 390, height: 800 }, colorScheme });
      expect(await open.page.locator('figure svg').count()).toBe(6);
      const widths = await open.page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
      expect(widths).toEqual([390, 390]);
      expect(await axeViolations(open.page)).toEqual([]);
      await open.close();
    }
  });
});

describe('pmcp review', () => {
  test.each([
    [[], /either --now or --week/],
    [['--now', '--week', '1'], /either --now or --week/],
    [['--week', '0'], /is not the number of a week/],
    [['--week', '1', '--only', 'logs'], /--only: belongs to --now/],
    [['--now', '--only', 'nonsense'], /nonsense/],
  ])('%j is refused', async (args, message) => {
    const exit = await runPmcp(['review', ...args]);
    expect(exit.code).toBe(2);
    expect(exit.stderr).toMatch(message);
  });
  test('without history there is nothing to tell, and no file is made', async () => {
    const dataDir = temporaryDirectory();
    const exit = await runPmcp(['review', '--week', '1'], { dataDir });
    expect(exit).toMatchObject({ code: 4 });
    expect(exit.stderr).toMatch(/there is no history yet/);
    expect(existsSync(join(dataDir, 'monitor.db'))).toBe(false);
    writeFileSync(join(dataDir, 'monitor.db'), 'no database at all '.repeat(99));
    const damaged = await runPmcp(['review', '--week', '1'], { dataDir });
    expect(damaged).toMatchObject({ code: 4 });
    expect(damaged.stderr).toMatch(/cannot be read/);
    const named = await runPmcp(['review', '--week', '1', '--release-at', 'yesterday'], {
      dataDir,
    });
    expect(named.code).toBe(4);
  });
});

test('--now: nothing runs, a monitor without a bot, and what both leave on record', async () => {
  const dataDir = temporaryDirectory();
  const env = {
    ENVIRONMENT: 'staging',
    DASHBOARD_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    MCP_HTTP_PORT: String(await freePort()),
    MONITOR_INTERVAL_SECONDS: '1',
  };
  const now = async (...args: string[]) => {
    const exit = await runPmcp(['review', '--now', '--json', ...args], { dataDir, env });
    return { code: exit.code, checks: JSON.parse(exit.stdout).checks };
  };
  const absent = await now('--only', 'servers', 'logs', 'breakers');
  expect(absent.code).toBe(1);
  expect(absent.checks).toMatchObject([
    { part: 'servers', result: 'failed' },
    { part: 'logs', result: 'unknown' },
    { part: 'breakers', result: 'unknown' },
  ]);

  const mcp = startPmcp(['mcp'], { dataDir, env });
  await mcp.waitFor(/metrics|mcp/i);
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const line = {
    time: new Date().toISOString(),
    level: 'error',
    process: 'bot',
    message: 'disk full at 12 s',
  };
  writeFileSync(join(dataDir, 'logs', 'bot.log'), `${JSON.stringify(line)}\n`);
  const seen = await now();
  await mcp.stop();
  expect(seen.code).toBe(1);
  const [servers, resources, logs, breakers] = seen.checks;
  expect(servers.findings.join(' ')).toMatch(/component main_bot/);
  expect(servers.findings.join(' ')).not.toMatch(/MCP server/);
  expect(resources.findings).toEqual([]);
  expect(logs).toMatchObject({ result: 'failed', findings: ['log of bot: disk full at N s'] });
  expect(breakers.findings.join(' ')).not.toMatch(/trips since/);
  const kept = readFileSync(join(dataDir, 'reviews', 'checks.log'), 'utf8')
    .trim()
    .split('\n');
  expect(kept).toHaveLength(7);
  const again = await now('--only', 'logs');
  expect(again).toMatchObject({ code: 0, checks: [{ part: 'logs', result: 'passed' }] });
});
