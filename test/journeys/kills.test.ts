import { expect, test } from 'vitest';
import { gatherEvidence } from './evidence.ts';
import { killRepeatedly } from './killing.ts';
import { startWorld } from './paper-world.ts';
import { prove } from './proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from './rules.ts';
import { runPmcp } from './run.ts';

/** A soak sets more; see scripts/soak.sh. */
const KILLS = Number(process.env['PMCP_SOAK_KILLS'] ?? 100);
const SEED = Number(process.env['PMCP_SOAK_SEED'] ?? 7);

/** Long enough for what a kill leaves unsent to be sent by the next start. */
const MAX_TRADE_AGE_SECONDS = 180;
const ENV = { ...TIGHT_ENV, MAX_TRADE_AGE_SECONDS: String(MAX_TRADE_AGE_SECONDS) };
const RULES = { ...TIGHT_RULES, maxTradeAgeMs: MAX_TRADE_AGE_SECONDS * 1000 };

test(
  `killed ${KILLS} times at random moments and at every boundary, nothing is lost or doubled`,
  async () => {
    const world = await startWorld({ scenario: 'volatile', seed: SEED, speed: 30, env: ENV });
    const killing = await killRepeatedly(world, { kills: KILLS, seed: SEED, longestLifeMs: 3500 });
    await world.clearFaults();
    const bot = world.startBot();
    // Where they do not, the proof below names what differs.
    const agreed = await bot.waitFor(/journal and venue agree/, 60_000).then(
      () => true,
      () => false,
    );
    await runPmcp(['halt', 'the run is over'], { dataDir: world.dataDir });
    const evidence = await gatherEvidence(world);
    const { violations, figures } = prove(evidence, RULES);
    process.stderr.write(`kills: ${JSON.stringify({ ...killing, figures })}\n`);
    expect(violations).toEqual([]);
    expect(agreed).toBe(true);
    expect(bot.stdout()).not.toContain('reduce_only');
    expect(figures['entries']).toBeGreaterThan(30);
    expect(figures['venueTrades']).toBeGreaterThan(30);
    expect(Object.keys(killing.kills).length).toBeGreaterThan(4);
    await bot.stop('SIGINT');
  },
  KILLS * 6000 + 180_000,
);
