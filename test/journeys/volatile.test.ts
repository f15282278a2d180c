import { expect, test } from 'vitest';
import { gatherEvidence } from './evidence.ts';
import { FORGERIES } from './forgeries.ts';
import { pause, socketsLeft, startWorld, until, watchStatus } from './paper-world.ts';
import { prove } from './proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from './rules.ts';
import { runPmcp } from './run.ts';

const HOUR_MS = 3_600_000;
const SIMULATED_MS = 2 * HOUR_MS;

test('two hours of a volatile market: both sides agree on everything, and no limit broke', async () => {
  const world = await startWorld({ scenario: 'volatile', seed: 3, speed: 60, env: TIGHT_ENV });
  const bot = world.startBot();
  await bot.waitFor(/journal and venue agree/, 60_000);
  const mcp = world.startMcp();
  await mcp.waitFor(/health +http/, 60_000);
  const startMs = world.now();
  const watch = watchStatus(world.dataDir);
  await pause((SIMULATED_MS - (world.now() - startMs)) / world.speed);
  expect(watch.heard.statuses).toBeGreaterThan(20);
  const health = await fetch(`http://127.0.0.1:${world.env['DASHBOARD_PORT']}/health`);
  const { components } = (await health.json()) as { components: Record<string, object> };
  expect(Object.keys(components)).toContain('main_bot');

  const halted = await runPmcp(['halt', 'the run is over'], { dataDir: world.dataDir });
  expect(halted.stdout).toContain('halted by the running bot');
  const evidence = await gatherEvidence(world);
  const { violations, figures } = prove(evidence, TIGHT_RULES);
  process.stderr.write(`volatile: ${JSON.stringify(figures)}\n`);
  expect(violations).toEqual([]);
  for (const [what, forge] of FORGERIES) {
    const forged = structuredClone(evidence);
    forge(forged);
    expect(prove(forged, TIGHT_RULES).violations, what).not.toEqual([]);
  }
  // So much happened that there was something to prove.
  expect(figures['entries']).toBeGreaterThan(60);
  expect(figures['mirroredSells']).toBeGreaterThan(15);
  expect(figures['exits']).toBeGreaterThan(10);
  expect(figures['venueTrades']).toBeGreaterThan(100);
  expect(figures['redemptions']).toBeGreaterThan(0);
  expect(figures['leaderFills']).toBeGreaterThan(500);

  watch.close();
  expect((await bot.stop('SIGINT')).code).toBe(130);
  expect((await mcp.stop('SIGINT')).code).toBe(130);
  expect((await world.exchange.stop('SIGINT')).code).toBe(130);
  await until('no sockets left', 1000, () => socketsLeft(world.dataDir).length === 0 || undefined);
}, 400_000);
