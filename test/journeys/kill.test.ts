import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { policyFrom } from '../../src/bot/policy.ts';
import { formatClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { audit, botAccount, fromExchange, storyOf } from './audit.ts';
import { freePort, startPmcp, temporaryDirectory } from './run.ts';

/** More by hand: PMCP_KILLS=100 PMCP_SPEED=30 npx vitest run test/journeys/kill.test.ts */
const KILLS = Number(process.env['PMCP_KILLS'] ?? 8);
const SPEED = Number(process.env['PMCP_SPEED'] ?? 20);

const FAULTS = [
  { kind: 'lost_answer', count: 2 },
  { kind: 'failed_settlement', count: 2 },
  { kind: 'slow_answer', count: 20, ms: 300 },
  { kind: 'duplicated_rows', count: 20, match: 'rtds' },
  { kind: 'delayed', count: 2, ms: 5000 },
  { kind: 'malformed_rows', count: 5 },
  { kind: 'disconnect', count: 1 },
  { kind: 'rate_limited', count: 5, match: '/order' },
];

test(
  `killed ${KILLS} times at any moment, the bot never doubles an order nor loses a fill`,
  async () => {
    const dataDir = temporaryDirectory();
    const port = String(await freePort());
    const now = Date.now();
    const env = {
      EXCHANGE_PORT: port,
      PMCP_CLOCK: formatClock(now, now, SPEED),
      // Losing in the scenario must not end the run: trading is what is tested here.
      MAX_DAILY_LOSS: '1000',
      MAX_CONSECUTIVE_LOSSES: '1000000',
      MAX_TRADE_AGE_SECONDS: '60',
      STOP_LOSS_PERCENTAGE: '0.05',
      TAKE_PROFIT_PERCENTAGE: '0.05',
    };
    const exchange = startPmcp(['exchange', '--scenario', 'volatile', '--seed', '11'], {
      env,
      dataDir,
    });
    await exchange.waitFor(/paper exchange on/);
    const url = `http://127.0.0.1:${port}`;
    const start = () => startPmcp(['bot'], { env, dataDir });

    for (let kill = 0; kill < KILLS; kill++) {
      await arm(url, FAULTS[kill % FAULTS.length] ?? {});
      const bot = start();
      await sleep(500 + Math.random() * 2500);
      await bot.kill();
    }
    const bot = start();
    await bot.waitFor(/journal and venue agree/, 30_000);
    await sleep(3000);
    // No new trades, and time for the last fills to settle and be read again.
    await fetch(`${url}/control/faults`, { method: 'DELETE' });
    const halt = startPmcp(['halt', 'end of the test'], { env, dataDir });
    expect((await halt.exited).code).toBe(0);
    await sleep(8000);
    const exit = await bot.stop('SIGINT');
    expect(exit.code).toBe(130);

    const story = await storyOf(url, botAccount(dataDir));
    const leaders = await fromExchange<{ wallet: string }[]>(`${url}/control/leaders`);
    const histories = new Map<string, Awaited<ReturnType<typeof storyOf>>['activity']>();
    for (const { wallet } of leaders) {
      histories.set(wallet, (await storyOf(url, wallet)).activity);
    }
    await exchange.stop('SIGINT');
    const config = await loadConfig({ flags: {}, env, directory: dataDir });
    const none = {
      wallets: new Map(),
      allowMarkets: new Set<string>(),
      denyMarkets: new Set<string>(),
    };
    const result = audit(dataDir, story, histories, policyFrom(config, none));
    process.stderr.write(
      `audit: ${JSON.stringify({ ...result, violations: result.violations.length })}\n`,
    );
    expect(result.violations).toEqual([]);
    expect(result.copies).toBeGreaterThan(0);
  },
  60_000 + KILLS * 8000,
);

async function arm(url: string, fault: object): Promise<void> {
  const reply = await fetch(`${url}/control/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!reply.ok) throw new Error(await reply.text());
}
