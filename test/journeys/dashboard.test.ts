import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createStatusServer } from '../../src/bot/status-server.ts';
import { fakeDecision, fakeHello, fakeStatus } from '../fakes/status.ts';
import { chromiumPath, openPage } from '../observe/dashboard/chromium.ts';
import { startPmcp } from './run.ts';

test('the dashboard of the mcp process shows the bot, in a real browser', async ({ skip }) => {
  skip(!chromiumPath, 'chromium is not installed');
  const mcp = startPmcp(['mcp', '--json'], {
    env: { DASHBOARD_PORT: '0', METRICS_PORT: '0', MCP_HTTP_PORT: '0' },
  });
  const [, port] = await mcp.waitFor(/"dashboardPort":\s*(\d+)/);
  const bot = await createStatusServer({
    socketPath: join(mcp.dataDir, 'run', 'status.sock'),
    hello: { ...fakeHello, startedAtMs: Date.now() },
    now: Date.now,
    onHalt: () => {},
  });
  const publish = setInterval(() => bot.publish(fakeStatus()), 200);
  const opened = await openPage(`http://127.0.0.1:${port}/`, {});
  const sees = (selector: string, hasText: string | RegExp) =>
    opened.page.locator(selector).filter({ hasText }).first().waitFor({ timeout: 20_000 });
  await sees('#figures', '1,003.12');
  bot.event(fakeDecision());
  await sees('#decisions', /copied.*Ghent/s);
  await sees('#marks', 'bot started');
  clearInterval(publish);
  await bot.close();
  await sees('#verdict', 'pmcp is critical');
  expect(opened.complaints).toEqual([]);
  await opened.close();
  expect((await mcp.stop()).code).toBe(130);
}, 90_000);
