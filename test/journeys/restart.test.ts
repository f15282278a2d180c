import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restoreLedger } from '../../src/core/ledger.ts';
import type { LedgerEvent } from '../../src/core/ledger-types.ts';
import { gatherEvidence, type JournalCopy, readJournal } from './evidence.ts';
import { controlOf, processesOf, socketsLeft, until } from './paper-world.ts';
import { prove } from './proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from './rules.ts';
import { freePort, type Running, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

async function place() {
  const dataDir = temporaryDirectory();
  const [exchange, dashboard, metrics, mcp] = await Promise.all([1, 2, 3, 4].map(freePort));
  const env = {
    ...TIGHT_ENV,
    MAX_CONSECUTIVE_LOSSES: '1000',
    EXCHANGE_PORT: String(exchange),
    DASHBOARD_PORT: String(dashboard),
    METRICS_PORT: String(metrics),
    MCP_HTTP_PORT: String(mcp),
  };
  const args = ['up', '--scenario', 'volatile', '--seed', '3', '--speed', '30'];
  return { dataDir, env, exchange, up: () => startPmcp(args, { dataDir, env }) };
}

function booksOf({ checkpoint, sinceCheckpoint }: JournalCopy) {
  const ledger = restoreLedger(checkpoint);
  for (const event of sinceCheckpoint) ledger.apply(event);
  return { totals: ledger.totals(), positions: ledger.positions() };
}

/** The books as they were after so many events. */
function booksAfter(first: JournalCopy, events: readonly LedgerEvent[]) {
  const ledger = restoreLedger(first.checkpoint);
  for (const event of events) ledger.apply(event);
  return { totals: ledger.totals(), positions: ledger.positions() };
}

const copies = (dataDir: string) =>
  readJournal(dataDir).orders.filter(({ status }) => status === 'done').length;

async function interrupt(run: Running) {
  const before = performance.now();
  const exit = await run.stop('SIGINT');
  expect(performance.now() - before).toBeLessThan(3000);
  expect(exit.code).toBe(130);
  expect(processesOf(run.dataDir)).toEqual([]);
  expect(socketsLeft(run.dataDir)).toEqual([]);
}

test('a second `up` goes on from the journal of the first, and SIGKILL leaves nothing behind', async () => {
  const { dataDir, env, exchange, up } = await place();
  const first = up();
  await first.waitFor(/mcp ready/, 90_000);
  await until('ten copies', 90_000, () => copies(dataDir) >= 10 || undefined);
  await interrupt(first);
  const atStop = readJournal(dataDir);
  const held = booksOf(atStop);
  expect(atStop.decisions.some(({ reason }) => reason === 'baseline')).toBe(true);

  const second = up();
  await second.waitFor(/mcp ready/, 90_000);
  await until('ten more copies', 90_000, () => copies(dataDir) >= 20 || undefined);
  const later = readJournal(dataDir);
  expect(booksAfter(atStop, [])).toEqual(held);
  expect(later.ledgerEvents.slice(0, atStop.ledgerEvents.length)).toEqual(atStop.ledgerEvents);
  const known = new Set(atStop.decisions.map(({ fillId }) => fillId));
  const fresh = later.decisions.filter(({ fillId }) => !known.has(fillId));
  expect(later.decisions).toHaveLength(known.size + fresh.length);
  expect(fresh.filter(({ reason }) => reason === 'baseline' || reason === 'reduce_only')).toEqual(
    [],
  );
  expect(later.cursors.map(({ wallet, baselineMs }) => [wallet, baselineMs])).toEqual(
    atStop.cursors.map(({ wallet, baselineMs }) => [wallet, baselineMs]),
  );
  expect(readFileSync(join(dataDir, 'logs', 'bot.log'), 'utf8')).not.toContain('only reducing');

  process.kill(second.pid, 'SIGKILL');
  await second.exited;
  await until('no orphans', 15_000, () => processesOf(dataDir).length === 0 || undefined);
  const third = up();
  await third.waitFor(/mcp ready/, 90_000);
  const before = copies(dataDir);
  await until('three more copies', 90_000, () => copies(dataDir) >= before + 3 || undefined);
  await runPmcp(['halt', 'the run is over'], { dataDir });
  const world = { ...controlOf(`http://127.0.0.1:${env.EXCHANGE_PORT}`), dataDir };
  expect(exchange).toBeGreaterThan(0);
  const { violations, figures } = prove(await gatherEvidence(world), TIGHT_RULES);
  expect(violations).toEqual([]);
  expect(figures['entries']).toBeGreaterThan(10);
  await interrupt(third);
}, 400_000);
