import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createStatusServer } from '../../src/bot/status-server.ts';
import { fakeDecision, fakeHello, fakeStatus } from '../fakes/status.ts';
import { chromiumPath, openPage } from '../observe/dashboard/chromium.ts';
import { runPmcp, startPmcp } from './run.ts';

test('the dashboard of the mcp process shows the bot, in a real browser', async ({ skip }) => {
  skip(!chromiumPath, 'chromium is not installed');
  const mcp = startPmcp(['mcp', '--json'], {
    env: {
      DASHBOARD_PORT: '0',
      METRICS_PORT: '0',
      MCP_HTTP_PORT: '0',
      MONITOR_INTERVAL_SECONDS: '2',
    },
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
  // The alert is a real one, and so is its acknowledgement.
  const pmcp = async (...args: string[]) =>
    JSON.parse((await runPmcp([...args, '--json'], { dataDir: mcp.dataDir })).stdout);
  const button = opened.page.getByRole('button', { name: 'Acknowledge: The bot is down' });
  await button.click({ timeout: 20_000 });
  await sees('#alerts', 'acknowledged by dashboard');
  const { via, alerts } = await pmcp('alerts', 'list');
  expect(via).toBe('mcp');
  expect(alerts.find(({ key }: { key: string }) => key === 'bot.down')).toMatchObject({
    acknowledged: { by: 'dashboard', falsePositive: false },
  });
  await pmcp('maintenance', 'begin', '--for', '5m', '--reason', 'release 42', '--by', 'ann');
  await sees('#alerts', /Maintenance \(work\): only what is urgent.*by ann: release 42/s);
  await pmcp('alerts', 'silence', 'mcp.*', '--for', '5m');
  await sees('#alerts', /Nothing of mcp\.\* is sent until/);
  expect(opened.complaints).toEqual([]);
  await opened.close();
  expect((await mcp.stop()).code).toBe(130);
}, 90_000);
