import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatClock } from '../../src/clock.ts';
import { contentKey, fillId } from '../../src/core/identity.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import { parseFeedRow } from '../../src/venue/feed-row.ts';
import {
  RECORDINGS,
  type RecordedRow,
  readRows,
  startRecordedVenue,
} from '../fakes/recorded-venue.ts';
import { gatherEvidence, readJournal } from './evidence.ts';
import { dice } from './killing.ts';
import { pause, startWorld, until } from './paper-world.ts';
import { prove } from './proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from './rules.ts';
import { runPmcp, startPmcp, temporaryDirectory } from './run.ts';

const present = existsSync(RECORDINGS);
const all = present ? readRows('trades.ndjson.gz') : [];
const countBy = Map.groupBy(all, ({ proxyWallet }) => proxyWallet.toLowerCase());
const busiest = [...countBy].sort(([, a], [, b]) => b.length - a.length);
const MUSEUM = busiest[0]?.[0] ?? '';
const GABAGOOL = busiest[1]?.[0] ?? '';

const targetOf = (row: RecordedRow): TargetRow => {
  const parsed = parseFeedRow(row, 'data_api', 0);
  if (!('row' in parsed)) throw new Error(parsed.reason);
  return parsed.row;
};

/** The ids that these rows must be decided under, each exactly once. */
function idsOf(rows: readonly RecordedRow[]): string[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const target = targetOf(row);
    const ordinal = seen.get(contentKey(target)) ?? 0;
    seen.set(contentKey(target), ordinal + 1);
    return fillId(target, ordinal);
  });
}

interface Shadow {
  rows: readonly RecordedRow[];
  growth: number;
  lagMs: number;
}

/** A bot in shadow mode on recorded rows: its clock is in the time of the recording. */
async function shadow(options: Shadow) {
  const dataDir = temporaryDirectory();
  let clock = { startMs: 0, realMs: Date.now(), speed: 1 };
  const now = () => Math.round(clock.startMs + (Date.now() - clock.realMs) * clock.speed);
  const venue = await startRecordedVenue({ ...options, now });
  const walletsFile = join(dataDir, 'wallets.json');
  const wallets = [...new Set(options.rows.map(({ proxyWallet }) => proxyWallet))];
  writeFileSync(walletsFile, JSON.stringify({ target_wallets: wallets }));
  const socket = venue.url.replace('http', 'ws');
  const env = {
    ...TIGHT_ENV,
    COPY_RATIO: '1',
    MAX_SLIPPAGE: '0.2',
    TRADING_MODE: 'shadow',
    WALLETS_FILE: walletsFile,
    CLOB_URL: `${venue.url}/clob`,
    CLOB_WS_URL: `${socket}/ws`,
    GAMMA_URL: `${venue.url}/gamma`,
    DATA_API_URL: `${venue.url}/data`,
    RTDS_URL: `${socket}/rtds`,
  };
  return {
    dataDir,
    venue,
    now,
    /** Starts a bot whose clock begins there. */
    start(startMs: number, speed: number) {
      clock = { startMs: Math.round(startMs), realMs: Date.now(), speed };
      const text = formatClock(clock.startMs, clock.realMs, speed);
      return startPmcp(['bot', '--json'], { dataDir, env: { ...env, PMCP_CLOCK: text } });
    },
    decided: () => readJournal(dataDir).decisions.map((decision) => decision.fillId),
  };
}

const firstMs = (rows: readonly RecordedRow[]) => (rows[0]?.timestamp ?? 0) * 1000;
const lastMs = (rows: readonly RecordedRow[]) => (rows.at(-1)?.timestamp ?? 0) * 1000;

describe.skipIf(!present)('recorded trades (real-trades) through the real bot', () => {
  test('a backfill of thousands, with clamped offsets and rows that arrive between pages', async () => {
    const rows = countBy.get(MUSEUM) ?? [];
    expect(rows).toHaveLength(3973);
    // As many as can be younger than what the poll reads again.
    const run = await shadow({ rows, growth: 12, lagMs: 0 });
    const first = run.start(firstMs(rows) - 60_000, 1);
    await first.waitFor(/journal and venue agree/, 60_000);
    await first.kill();
    expect(run.decided()).toEqual([]);
    const second = run.start(lastMs(rows) + 5000, 1);
    const expected = idsOf(rows);
    await until('all rows decided', 40_000, () => run.decided().length >= rows.length || undefined);
    await pause(3000);
    expect(run.decided().sort()).toEqual(expected.sort());
    expect(Math.max(...run.venue.pages.map(({ rows: count }) => count))).toBe(500);
    expect(run.venue.requests.filter((request) => request.includes('end=')).length).toBeGreaterThan(
      2,
    );
    await second.kill();
    // Once more from where the journal stands: nothing is decided again.
    const third = run.start(lastMs(rows) + 120_000, 1);
    await third.waitFor(/journal and venue agree/, 60_000);
    await pause(3000);
    expect(run.decided()).toHaveLength(rows.length);
    expect((await third.stop('SIGINT')).code).toBe(130);
    run.venue.close();
  }, 240_000);

  test('live: equal rows that are two fills, rows lost, repeated and late, and a kill midway', async () => {
    const rows = countBy.get(GABAGOOL) ?? [];
    expect(rows).toHaveLength(1000);
    expect(new Set(rows.map((row) => contentKey(targetOf(row)))).size).toBe(968);
    const run = await shadow({ rows, growth: 3, lagMs: 5000 });
    const speed = 20;
    let bot = run.start(firstMs(rows) - 20_000, speed);
    await bot.waitFor(/journal and venue agree/, 60_000);
    const random = dice(11);
    let killed = false;
    for (const row of rows) {
      const waitMs = (row.timestamp * 1000 + 1000 - run.now()) / speed;
      if (waitMs > 1) await pause(waitMs);
      if (!killed && row.timestamp * 1000 > firstMs(rows) + 500_000) {
        killed = true;
        await bot.kill();
        bot = run.start(run.now(), speed);
      }
      const times = random() < 0.1 ? 0 : random() < 0.15 ? 2 : 1;
      const lateMs = random() < 0.1 ? random() * 1500 : 0;
      for (let time = 0; time < times; time++) {
        if (lateMs === 0) run.venue.publish(row);
        else setTimeout(() => run.venue.publish(row), lateMs);
      }
    }
    const expected = idsOf(rows);
    await until('all rows decided', 60_000, () => run.decided().length >= rows.length || undefined);
    await pause(2000);
    expect(run.decided().sort()).toEqual(expected.sort());
    const { decisions, orders } = readJournal(run.dataDir);
    process.stderr.write(
      `live replay: ${orders.length} orders, ${JSON.stringify(
        Object.fromEntries(
          [...Map.groupBy(decisions, ({ reason }) => reason)].map(([key, list]) => [
            key,
            list.length,
          ]),
        ),
      )}\n`,
    );
    expect(decisions.filter(({ source }) => source === 'rtds_trades').length).toBeGreaterThan(300);
    expect(decisions.filter(({ source }) => source === 'data_api').length).toBeGreaterThan(32);
    expect(orders.length).toBeGreaterThan(0);
    expect(new Set(orders.map((order) => order.fillId)).size).toBe(orders.length);
    expect((await bot.stop('SIGINT')).code).toBe(130);
    run.venue.close();
  }, 240_000);

  test('fills of hundreds of wallets, dust and giants, many in one second', async () => {
    const rows = all
      .filter(({ proxyWallet }) => ![MUSEUM, GABAGOOL].includes(proxyWallet.toLowerCase()))
      .slice(0, 1500);
    expect(new Set(rows.map(({ proxyWallet }) => proxyWallet)).size).toBeGreaterThan(600);
    const run = await shadow({ rows, growth: 0, lagMs: 0 });
    const first = run.start(firstMs(rows) - 60_000, 1);
    await first.waitFor(/journal and venue agree/, 60_000);
    await first.kill();
    const second = run.start(lastMs(rows) + 60_000, 1);
    await until(
      'all rows decided',
      120_000,
      () => run.decided().length >= rows.length || undefined,
    );
    expect(run.decided().sort()).toEqual(idsOf(rows).sort());
    // Sells without an earlier buy in view copy nothing.
    const { decisions } = readJournal(run.dataDir);
    expect(decisions.some(({ reason }) => reason === 'no_position')).toBe(true);
    expect((await second.stop('SIGINT')).code).toBe(130);
    run.venue.close();
  }, 240_000);

  test('played by the exchange, the recorded leaders are copied and both sides agree', async () => {
    const scenario = `recorded:${resolve(RECORDINGS, 'trades.ndjson.gz')}`;
    const env = { ...TIGHT_ENV, MAX_CONSECUTIVE_LOSSES: '1000' };
    const world = await startWorld({ scenario, seed: 1, speed: 120, env });
    const bot = world.startBot();
    await bot.waitFor(/journal and venue agree/, 60_000);
    await pause(90_000);
    await runPmcp(['halt', 'the run is over'], { dataDir: world.dataDir });
    const { violations, figures } = prove(await gatherEvidence(world), TIGHT_RULES);
    process.stderr.write(`recorded trades: ${JSON.stringify(figures)}\n`);
    expect(violations).toEqual([]);
    expect(figures['entries']).toBeGreaterThan(20);
    expect((await bot.stop('SIGINT')).code).toBe(130);
  }, 300_000);

  test('on recorded books, best level last, the bot trades and both sides agree', async () => {
    const scenario = `recorded:${resolve(RECORDINGS, 'books.ndjson.gz')}`;
    const world = await startWorld({ scenario, seed: 2, speed: 30, env: TIGHT_ENV });
    const bot = world.startBot();
    await bot.waitFor(/journal and venue agree/, 60_000);
    await pause(45_000);
    await runPmcp(['halt', 'the run is over'], { dataDir: world.dataDir });
    const { violations, figures } = prove(await gatherEvidence(world), TIGHT_RULES);
    process.stderr.write(`recorded books: ${JSON.stringify(figures)}\n`);
    expect(violations).toEqual([]);
    expect(figures['entries']).toBeGreaterThan(5);
    expect((await bot.stop('SIGINT')).code).toBe(130);
  }, 300_000);

  test('`pmcp replay` decides each recorded row once', async () => {
    const exit = await runPmcp(['replay', resolve(RECORDINGS, 'trades.ndjson.gz'), '--json']);
    expect(exit.code).toBe(0);
    const report = JSON.parse(exit.stdout);
    expect(report).toMatchObject({ schema: 'pmcp.replay', version: 1, rows: all.length });
    expect(report.fills + report.repeats).toBe(all.length);
    expect(report.fills).toBe(new Set(idsOf(all)).size);
  }, 60_000);
});
