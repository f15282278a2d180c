import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import type { BotStatus } from '../../../src/core/status.ts';
import { fakeDecision, fakeStatus } from '../../fakes/status.ts';
import { axeViolations, chromiumPath, type OpenPage, openPage } from './chromium.ts';
import { openWorld, type World } from './world.ts';

const SCREENS = [
  ['light', 360, 800],
  ['dark', 360, 800],
  ['light', 1280, 800],
  ['dark', 1280, 800],
] as const;

/** Waits until the page holds a text. */
const sees = ({ page }: OpenPage, selector: string, text: string | RegExp) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 15_000 });

const open = (world: World, options: Parameters<typeof openPage>[1] = {}) =>
  openPage(world.url, { viewport: { width: 1280, height: 800 }, ...options });

const [position] = fakeStatus().positions;
const positions = position
  ? [position, { ...position, conditionId: '0x2', title: 'Second', unrealisedMicro: null }]
  : [];

const busyStatus = (): BotStatus =>
  fakeStatus({
    positions,
    breaker: {
      trading: { kind: 'armed' },
      mcp: { kind: 'tripped', cause: 'mcp_cpu', atMs: Date.now(), untilMs: Date.now() + 90_000 },
    },
    unknownOrders: 1,
    discovery: { ...fakeStatus().discovery, quarantined: 3 },
  });

async function fill(world: World): Promise<void> {
  await world.startBot(busyStatus);
  world.alerts.raise();
  world.alerts.raise({ id: 'b', title: 'An old trouble', resolvedAtMs: Date.now() });
  world.history.mark({ atMs: Date.now() - 60_000, kind: 'deploy', detail: 'release 7' });
  world.dashboard.called({ server: 'monitoring', tool: 'get_health', ok: true, durationMs: 4 });
}

describe.skipIf(!chromiumPath)('the dashboard in Chromium', () => {
  test.each(SCREENS)(
    'is whole in %s at %d x %d, and shuts nobody out',
    async (...screen) => {
      const [colorScheme, width, height] = screen;
      const world = await openWorld();
      await fill(world);
      const opened = await open(world, { colorScheme, viewport: { width, height } });
      const { page, complaints, requested } = opened;
      await sees(opened, '#verdict', /pmcp is (healthy|degraded)/);
      await sees(opened, '#figures', '1,003.12');
      await sees(opened, '#breaker', /tripped.*CPU.*left/s);
      await sees(opened, '#alerts', 'The loss of the day is at 80 %');
      await sees(opened, '#tools', 'get_health');
      await sees(opened, '#markets', 'Will it rain in Ghent on 3 May?');
      await sees(opened, '#marks', 'release 7');
      world
        .bot()
        .event(fakeDecision({ fillId: 'f1', result: 'skip', reason: 'stale', detail: 'old' }));
      await sees(opened, '#decisions', /stale.*old/s);
      world.bot().event(fakeDecision({ fillId: 'f2', side: 'SELL', usdcMicro: null }));
      await sees(opened, '#decisions', /copied.*sold 120.0 Yes/s);
      await sees(opened, '#wallets', '2 positions');
      await page.locator('#chart-equity').scrollIntoViewIfNeeded();
      await page.locator('figure summary').first().click();
      await sees(opened, 'figure details', /\d\d:\d\d:\d\d/);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(complaints).toEqual([]);
      expect(requested.filter((url) => !url.startsWith(world.url))).toEqual([]);
      await opened.close();
    },
    90_000,
  );

  test('weighs less than 200 kB', async () => {
    const world = await openWorld();
    await fill(world);
    const { page, close } = await openPage('about:blank', {});
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    session.on('Network.dataReceived', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto(world.url);
    await page.locator('#marks table').waitFor();
    expect(bytes).toBeGreaterThan(30_000);
    expect(bytes).toBeLessThan(200_000);
    await close();
  }, 60_000);

  test('figures change by themselves, and it says when they are old', async () => {
    const world = await openWorld();
    let equityMicro = 1_000_000_000;
    await world.startBot(() => fakeStatus({ equityMicro }));
    const opened = await open(world);
    await sees(opened, '#figures', '1,000.00');
    equityMicro = 2_000_000_000;
    await sees(opened, '#figures', '2,000.00');
    await sees(opened, '#live', /^live/);
    await world.stopBot();
    await sees(opened, '#verdict', 'pmcp is critical');
    expect(await opened.page.title()).toBe('!! pmcp: critical');
    await sees(opened, '#figures', 'not known now');
    const { port } = world;
    await world.close();
    await sees(opened, '#stale', /These figures are old: .*Trying to connect again/);
    await sees(opened, '#live', /^old/);
    expect(await axeViolations(opened.page)).toEqual([]);
    const next = await openWorld({ DASHBOARD_PORT: port });
    await next.startBot();
    await sees(opened, '#live', /^live/);
    expect(await opened.page.locator('#stale').textContent()).toBe('');
    await opened.close();
  }, 90_000);

  test('trouble is told in words', async () => {
    const world = await openWorld();
    const { latency, discovery } = fakeStatus();
    const nothing = { ...latency.internal, count: 0 };
    const trouble: Partial<BotStatus>[] = [
      {
        entriesAllowed: false,
        entriesReason: 'halted by ann',
        breaker: {
          trading: { kind: 'halted', by: 'ann', reason: 'lunch', atMs: Date.now() },
          mcp: { kind: 'tripped', cause: 'mcp_cpu', atMs: 1, untilMs: 2 },
        },
        dailyLossMicro: 120_000_000,
        exposureMicro: 450_000_000,
        latency: { ...latency, internal: nothing },
        discovery: { ...discovery, blind: true, completeness: null },
        positions: [],
        decisions: {},
      },
      { discovery: { ...discovery, connected: false } },
    ];
    let now = trouble[0];
    await world.startBot(() => fakeStatus(now));
    const opened = await open(world);
    await sees(opened, '#figures', /held.*halted by ann/s);
    await sees(opened, '#figures', /blind: new trades are held.*nothing placed yet/s);
    await sees(opened, '#breaker', /halted.*lunch \(by ann\).*about to probe/s);
    await sees(opened, '#markets', 'Nothing is at risk.');
    await sees(opened, '#decisions', 'No leader has traded yet.');
    expect(await opened.page.locator('#figures .over').count()).toBe(1);
    expect(await opened.page.locator('#figures .near').count()).toBe(1);
    now = trouble[1];
    await sees(opened, '#figures', 'the feed is not connected');
    expect(opened.complaints).toEqual([]);
    await opened.close();
  }, 60_000);

  test('an alert is acknowledged by keyboard, and a refusal is told', async () => {
    const world = await openWorld();
    await fill(world);
    const opened = await open(world);
    const { page } = opened;
    const button = page.getByRole('button', {
      name: 'Acknowledge: The loss of the day is at 80 %',
    });
    await button.focus();
    // A refresh between focus and key must not lose the keyboard's place.
    world.alerts.raise({ id: 'c', title: 'Another' });
    await sees(opened, '#alerts', 'Another');
    world.alerts.all.reverse();
    await page.keyboard.press('Enter');
    await sees(opened, '#alerts', 'acknowledged by dashboard');
    expect(world.alerts.all.find(({ id }) => id === 'a/1')?.acknowledged?.by).toBe('dashboard');
    const other = page.getByRole('button', { name: 'Acknowledge: Another' });
    world.alerts.acknowledge = () => undefined;
    await other.click();
    await sees(opened, '#alerts-result', 'Not acknowledged: no such alert');
    await page.route('**/ack', (route) => route.abort());
    await other.click();
    await sees(opened, '#alerts-result', 'pmcp does not answer');
    await page.getByText('1 resolved').click();
    await sees(opened, '#alerts details', 'An old trouble');
    await opened.close();
  }, 60_000);

  test('themes, spans and the skip link work by keyboard', async () => {
    const world = await openWorld();
    await fill(world);
    const opened = await open(world, { colorScheme: 'light' });
    const { page } = opened;
    await sees(opened, '#marks', 'release 7');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    const scheme = () => page.evaluate('getComputedStyle(document.documentElement).colorScheme');
    const theme = page.locator('#theme');
    await theme.click();
    expect(await scheme()).toBe('light');
    await theme.click();
    expect(await scheme()).toBe('dark');
    await page.reload();
    await sees(opened, '#theme', 'Theme: dark');
    await theme.click();
    await sees(opened, '#theme', 'Theme: system');
    await sees(opened, '#marks', 'release 7');
    await page.locator('#span-15m').focus();
    for (const span of ['1h', '6h', '24h', '7d']) {
      const answered = page.waitForResponse((answer) => answer.url().endsWith(`span=${span}`));
      await page.keyboard.press('ArrowRight');
      expect((await answered).status()).toBe(200);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 800, height: 900 });
    await page.locator('#span-15m').check();
    // The first fine figures come after five seconds, at the right edge of a fresh chart.
    const plot = page.locator('.u-over').first();
    await sees(opened, 'figure', /equity 1,003.12/);
    world.history.mark({ atMs: Date.now(), kind: 'rollback', detail: 'to release 6' });
    const trip = { latch: 'mcp', from: 'armed', to: 'tripped', cause: 'mcp_cpu', by: 'rule' };
    world.bot().event({ kind: 'breaker', ...trip });
    await sees(opened, '#marks', 'to release 6');
    const box = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2);
    await sees(opened, '.when', 'Rollback: to release 6');
    await page.mouse.move(0, 0);
    await sees(opened, '.when', /^\d\d:\d\d:\d\d$/);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  }, 60_000);

  test('a token is asked for, and asked for again when the session is over', async () => {
    const token = new Secret('correct-horse-battery');
    const world = await openWorld({ DASHBOARD_TOKEN: token });
    const opened = await open(world);
    const { page } = opened;
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Dashboard token').fill('wrong');
    await page.keyboard.press('Enter');
    await sees(opened, '[role=alert]', 'This is not the token.');
    await page.getByLabel('Dashboard token').fill(token.reveal());
    await page.getByRole('button', { name: 'Log in' }).click();
    await sees(opened, '#verdict', 'pmcp is');
    const { port } = world;
    await world.close();
    await openWorld({ DASHBOARD_PORT: port, DASHBOARD_TOKEN: new Secret('another-token-of-ours') });
    await page.getByLabel('Dashboard token').waitFor({ timeout: 20_000 });
    await opened.close();
  }, 60_000);
});
