import { describe, expect, test } from 'vitest';
import { gatherEvidence, readJournal } from './evidence.ts';
import { type PaperWorld, startWorld, until } from './paper-world.ts';
import { prove } from './proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from './rules.ts';
import { runPmcp } from './run.ts';

const MINUTE_MS = 60_000;

/** When the trading latch first came to this state, at or after a moment of the clock. */
const changed = (world: PaperWorld, to: string, sinceMs = 0) =>
  until(`breaker ${to}`, 90_000, () =>
    readJournal(world.dataDir).breaker.find(
      (entry) => entry.latch === 'trading' && entry.to === to && entry.atMs >= sinceMs,
    ),
  );

const pmcp = async (world: PaperWorld, ...args: string[]) => {
  const { stdout, stderr, code } = await runPmcp(args, { dataDir: world.dataDir });
  return { text: stdout + stderr, code };
};

const entriesSince = (world: PaperWorld, sinceMs: number) =>
  readJournal(world.dataDir).orders.filter(
    ({ side, createdAtMs }) => side === 'BUY' && createdAtMs > sinceMs,
  );

describe('a losing streak', () => {
  test('trips on losses in a row; exits go on; cools down, probes, and is armed again', async () => {
    const env = {
      ...TIGHT_ENV,
      MAX_CONSECUTIVE_LOSSES: '3',
      BREAKER_COOLDOWN_SECONDS: '900',
    };
    const world = await startWorld({ scenario: 'losing-streak', seed: 5, speed: 60, env });
    const bot = world.startBot();
    await bot.waitFor(/journal and venue agree/, 60_000);
    const tripped = await changed(world, 'tripped');
    expect(tripped.why).toContain('consecutive_losses');
    const probing = await changed(world, 'probing', tripped.atMs);
    expect(probing.atMs - tripped.atMs).toBeGreaterThanOrEqual(900_000);
    const meanwhile = readJournal(world.dataDir);
    const during = (atMs: number) => atMs > tripped.atMs && atMs < probing.atMs;
    const refused = meanwhile.decisions.filter(({ decidedAtMs }) => during(decidedAtMs));
    expect(refused.some(({ reason }) => reason === 'breaker_tripped')).toBe(true);
    const left = meanwhile.orders.filter(({ createdAtMs }) => during(createdAtMs));
    expect(left.length).toBeGreaterThan(0);
    expect(left.every(({ side }) => side === 'SELL')).toBe(true);
    await changed(world, 'armed', probing.atMs);

    expect((await pmcp(world, 'halt', 'spreads look wrong')).text).toContain('by the running bot');
    const halted = await changed(world, 'halted');
    expect((await pmcp(world, 'breaker', 'status')).text).toContain('spreads look wrong');
    await until('a refusal while halted', 30_000, () =>
      readJournal(world.dataDir).decisions.find(({ reason }) => reason === 'halted'),
    );
    expect(entriesSince(world, halted.atMs)).toEqual([]);
    expect((await pmcp(world, 'resume', 'looked at')).text).toContain('resumed trading');
    expect((await pmcp(world, 'breaker', 'reset', 'fresh start')).code).toBe(0);
    await until('an entry after it', 60_000, () => entriesSince(world, halted.atMs)[0]);
    // The streak may trip it again at any moment, and the first cause of a trip stays.
    await until('a trip by the operator', 60_000, async () => {
      expect((await pmcp(world, 'breaker', 'reset', 'fresh start')).code).toBe(0);
      expect((await pmcp(world, 'breaker', 'trip', 'by hand')).code).toBe(0);
      return (await pmcp(world, 'status')).text.includes('TRIPPED: operator') || undefined;
    });
    const { violations, figures } = prove(await gatherEvidence(world), TIGHT_RULES);
    expect(violations).toEqual([]);
    expect(figures['entries']).toBeGreaterThan(10);
    expect((await bot.stop('SIGINT')).code).toBe(130);
    // The operator's trip outlives the bot.
    const again = world.startBot();
    await again.waitFor(/journal and venue agree/, 60_000);
    expect((await pmcp(world, 'status')).text).toContain('TRIPPED: operator');
  }, 400_000);

  test('a daily loss holds until the next UTC day, and a restart does not shorten it', async () => {
    const env = {
      ...TIGHT_ENV,
      MAX_DAILY_LOSS: '4',
      MAX_CONSECUTIVE_LOSSES: '1000',
      BREAKER_COOLDOWN_SECONDS: '60',
    };
    const midnightMs = Date.UTC(2030, 0, 2);
    const clockMs = midnightMs - 40 * MINUTE_MS;
    const world = await startWorld({ scenario: 'losing-streak', seed: 6, speed: 60, env, clockMs });
    const bot = world.startBot();
    await bot.waitFor(/journal and venue agree/, 60_000);
    const tripped = await changed(world, 'tripped');
    expect(tripped.why).toContain('daily_loss');
    expect(tripped.atMs).toBeLessThan(midnightMs);
    await bot.kill();
    const again = world.startBot();
    await again.waitFor(/journal and venue agree/, 60_000);
    const probing = await changed(world, 'probing', tripped.atMs);
    expect(probing.atMs).toBeGreaterThanOrEqual(midnightMs);
    const entries = entriesSince(world, tripped.atMs);
    expect(entries.filter(({ createdAtMs }) => createdAtMs < midnightMs)).toEqual([]);
    await changed(world, 'armed', probing.atMs);
    await until('an entry on the next day', 60_000, () => entriesSince(world, midnightMs)[0]);
  }, 400_000);
});
