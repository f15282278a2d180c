import { expect, test } from 'vitest';
import type { EntriesReport } from '../../src/bot/pause.ts';
import { gatherEvidence, readJournal } from './evidence.ts';
import { startWorld, until } from './paper-world.ts';
import { prove } from './proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from './rules.ts';
import { runPmcp, temporaryDirectory } from './run.ts';

const copies = (dataDir: string) =>
  readJournal(dataDir).orders.filter(({ status }) => status === 'done').length;

/** What `deploy --bot` does, with a real bot among real leaders. */
test('a bot that is switched under a pause misses no fill and copies none twice', async () => {
  const env = { ...TIGHT_ENV, MAX_CONSECUTIVE_LOSSES: '1000' };
  const world = await startWorld({ scenario: 'volatile', seed: 11, speed: 10, env });
  const { dataDir } = world;
  const entries = async (...words: string[]) => {
    const { code, stdout, stderr } = await runPmcp(['entries', ...words, '--json'], { dataDir });
    if (stdout === '') return { code, stderr };
    return { code, ...(JSON.parse(stdout) as EntriesReport) };
  };
  let bot = world.startBot();
  expect(await entries('status', '--wait', '60')).toMatchObject({ code: 0 });
  await until('five copies', 60_000, () => copies(dataDir) >= 5 || undefined);

  const spans: { fromMs: number; toMs: number }[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const paused = await entries('pause', '--for', '60', '--settle', '40', 'a switch');
    expect(paused).toMatchObject({ code: 0, unsettledOrders: 0 });
    const fromMs = world.now();
    await until('a fill that waits', 30_000, async () => {
      const { waitingFills } = (await entries('status')) as EntriesReport;
      return waitingFills > 0 || undefined;
    });
    const began = performance.now();
    await bot.stop();
    bot = world.startBot();
    expect(await entries('status', '--wait', '30')).toMatchObject({ code: 0, reconciled: true });
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await entries('resume')).toMatchObject({ code: 0, paused: null });
    spans.push({ fromMs, toMs: world.now() });
    const before = copies(dataDir);
    await until('copies again', 60_000, () => copies(dataDir) > before || undefined);
  }
  await runPmcp(['halt', 'the run is over'], { dataDir });
  const evidence = await gatherEvidence(world);
  const { violations, figures } = prove(evidence, TIGHT_RULES);
  expect(violations).toEqual([]);
  expect(figures['decided paused']).toBeUndefined();
  const inside = evidence.journal.decisions.filter(({ tradedAtMs }) =>
    spans.some(({ fromMs, toMs }) => tradedAtMs >= fromMs && tradedAtMs < toMs),
  );
  expect(inside.length).toBeGreaterThan(1);
  expect(inside.some(({ decidedAtMs }) => spans.some(({ toMs }) => decidedAtMs < toMs))).toBe(true);
  await bot.stop();
}, 240_000);

test('without a bot there is nothing to pause, and it is said', async () => {
  const exit = await runPmcp(['entries', 'pause', 'why'], { dataDir: temporaryDirectory() });
  expect(exit.code).toBe(4);
  expect(exit.stderr).toContain('no bot is running');
});
