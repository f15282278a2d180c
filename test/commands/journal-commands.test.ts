import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import positions from '../../commands/positions.ts';
import replay from '../../commands/replay.ts';
import trades from '../../commands/trades.ts';
import wallets from '../../commands/wallets.ts';
import { beginLedger, openBooks } from '../../src/bot/books.ts';
import { createStatusServer } from '../../src/bot/status-server.ts';
import type { CommandSpec } from '../../src/command.ts';
import { MICRO } from '../../src/core/money.ts';
import { ConfigError, FailedError, RefusedError, UsageError } from '../../src/errors.ts';
import { openJournal } from '../../src/state/journal.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { fakeHello, fakeStatus } from '../fakes/status.ts';
import { sampleDecision, sampleOrder, sampleTrade, WALLET } from '../state/samples.ts';
import { runCommand, subcommand } from './context.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pmcp-commands-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** One copy of 10 shares at 0.50, one skip, one exit of 5 shares at 0.60. */
function writeJournal(): void {
  const journal = openJournal(pathsOf(dir).journal);
  const books = openBooks(journal, beginLedger(journal, 1000 * MICRO));
  const ref = { tokenId: '111', conditionId: 'c', eventSlug: 'weather', wallet: WALLET };
  const copy = sampleDecision(1, {
    result: 'copy',
    reason: 'copied',
    orderId: '0xorder1',
    title: '=HYPERLINK("evil"), "rain"',
  });
  books.record(
    [
      {
        kind: 'fill',
        ...ref,
        tradeId: 'trade-1',
        orderId: '0xorder1',
        side: 'BUY',
        sharesMicro: 10 * MICRO,
        usdcMicro: 5 * MICRO,
        feeMicro: 0,
        atMs: 1,
      },
    ],
    (tx) => {
      tx.decision(copy);
      tx.decision(sampleDecision(2));
      tx.order(sampleOrder(1, { status: 'done' }));
      tx.order(sampleOrder(9, { kind: 'exit', fillId: 'exit:111:1', side: 'SELL' }));
      tx.orderEvent({ orderId: '0xorder1', atMs: 4001, kind: 'signed', detail: '' });
      tx.orderEvent({ orderId: '0xorder9', atMs: 4009, kind: 'signed', detail: 'stop_loss' });
      tx.trade(sampleTrade(1, { status: 'CONFIRMED' }));
      tx.trade(sampleTrade(2, { orderId: '0xorder1', status: 'FAILED' }));
    },
  );
  journal.close();
}

const run = (spec: CommandSpec, name: string, options = {}, more = {}) =>
  runCommand(subcommand(spec, name), options, dir, more);

describe('pmcp trades', () => {
  it('list shows the latest, filtered', async () => {
    writeJournal();
    const all = await run(trades, 'list');
    expect(all.text.split('\n')).toHaveLength(3);
    expect(all.outcome?.data).toMatchObject({ decisions: [{ reason: 'stale' }, {}] });
    expect((await run(trades, 'list', { copied: true })).text).toMatch(/copied/);
    const skips = await run(trades, 'list', { skipped: true, reason: 'halted', wallet: WALLET });
    expect(skips.text).toBe('no decisions yet');
    await expect(run(trades, 'list', { copied: true, skipped: true })).rejects.toThrow(UsageError);
    await expect(run(trades, 'list', { limit: 0 })).rejects.toThrow(UsageError);
  });

  it('says so when there is no journal', async () => {
    await expect(run(trades, 'list')).rejects.toThrow(RefusedError);
  });

  it('explain prints the trail of a copy, a skip and an exit', async () => {
    writeJournal();
    const copy = await run(trades, 'explain', { id: '0xorder1' });
    for (const words of [
      'leader traded    BUY 100 at 0.5',
      'by rtds_trades',
      'decided          copied',
      'signed',
      'fill of ours trade-1: 10 at 0.500, fee 0.00, CONFIRMED',
      'ageMs                  1000',
    ]) {
      expect(copy.text).toContain(words);
    }
    const skip = await run(trades, 'explain', { id: 'fill-000002' });
    expect(skip.text).toContain('skipped, stale: too old');
    const exit = await run(trades, 'explain', { id: 'exit:111:1' });
    expect(exit.text).toContain('exit         exit:111:1');
    expect(exit.text).toContain('stop_loss');
    await expect(run(trades, 'explain', { id: 'nothing' })).rejects.toThrow(FailedError);
    await expect(run(trades, 'explain', { id: 'f' })).rejects.toThrow(UsageError);
  });

  it('export writes CSV that runs no formula, and NDJSON', async () => {
    writeJournal();
    const csv = await run(trades, 'export');
    expect(csv.lines).toHaveLength(3);
    expect(csv.lines[1]).toContain(`"'=HYPERLINK(""evil""), ""rain"""`);
    expect(csv.lines[1]).toContain(',0xorder1,done,10,5,');
    expect(csv.lines[2]).toContain(',skip,stale,');
    const json = await run(trades, 'export', { format: 'json', copied: true });
    expect(json.documents).toHaveLength(1);
    expect(json.documents[0]).toMatchObject({ schema: 'pmcp.trade', order_status: 'done' });
    expect((await run(trades, 'export', {}, { json: true })).documents).toHaveLength(2);
  });
});

describe('pmcp positions', () => {
  it('come from the journal when no bot runs', async () => {
    writeJournal();
    const { text, outcome } = await runCommand(positions, {}, dir);
    expect(outcome?.data).toMatchObject({
      source: 'journal',
      positions: [{ tokenId: '111', sharesMicro: 10 * MICRO, markMicro: null }],
    });
    expect(text).toMatch(/unknown/);
    expect(text).toMatch(/no bot runs/);
  });

  it('come from the bot, with marks, when one runs', async () => {
    const paths = pathsOf(dir);
    const server = await createStatusServer({
      socketPath: paths.statusSocket,
      hello: fakeHello,
      onHalt: () => {},
      now: () => 100_000,
    });
    server.publish(fakeStatus({ positions: [] }));
    const none = await runCommand(positions, {}, dir);
    expect(none.text).toMatch(/^no open positions; realised/);
    const position = {
      tokenId: '1',
      conditionId: 'c',
      title: 'Rain?',
      outcome: 'Yes',
      sharesMicro: 10 * MICRO,
      provisionalSharesMicro: 0,
      costMicro: 5 * MICRO,
      markMicro: 400_000,
      unrealisedMicro: -MICRO,
      wallet: WALLET,
      openedAtMs: 0,
    };
    server.publish(fakeStatus({ positions: [position] }));
    const { text, outcome } = await runCommand(positions, {}, dir);
    expect(outcome?.data).toMatchObject({ source: 'bot' });
    expect(text).toMatch(/Yes, Rain\? .* 10 .* 5\.00 .* 0\.400 .* -1\.00/);
    await server.close();
  });
});

describe('pmcp wallets', () => {
  const A = `0x${'aa'.repeat(20)}`;
  const more = () => ({ env: { WALLETS_FILE: join(dir, 'sub', 'wallets.json') } });

  it('are added, changed, listed and removed', async () => {
    expect((await run(wallets, 'list', {}, more())).text).toMatch(/^no wallets in/);
    await run(
      wallets,
      'add',
      { address: A.toUpperCase().replace('0X', '0x'), label: 'ann' },
      more(),
    );
    await run(wallets, 'add', { address: A, maxTrade: 5, maxExposure: 50, disabled: true }, more());
    const { text, outcome } = await run(wallets, 'list', {}, more());
    expect(outcome?.data).toMatchObject({
      wallets: [
        { address: A, label: 'ann', enabled: false, maxTradeMicro: 5e6, maxExposureMicro: 5e7 },
      ],
    });
    expect(text).toMatch(/ann +off +5 +50/);
    const path = join(dir, 'sub', 'wallets.json');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    const file = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(
      path,
      JSON.stringify({ ...file, blacklisted_markets: ['x'], whitelisted_markets: ['y'] }),
    );
    expect((await run(wallets, 'list', {}, more())).text).toMatch(/only markets: y\nno markets: x/);
    await run(wallets, 'remove', { address: A }, more());
    await expect(run(wallets, 'remove', { address: A }, more())).rejects.toThrow(FailedError);
  });

  it('refuse what is no address or no sum', async () => {
    await expect(run(wallets, 'add', { address: 'bob' }, more())).rejects.toThrow(UsageError);
    await expect(run(wallets, 'add', { address: A, maxTrade: -1 }, more())).rejects.toThrow(
      UsageError,
    );
  });

  it('are scored by the journal', async () => {
    writeJournal();
    const { text, outcome } = await run(wallets, 'score');
    expect(outcome?.data).toMatchObject({
      scores: [
        { wallet: WALLET, copied: 1, skipped: 1, boughtMicro: 5 * MICRO, openCostMicro: 5e6 },
      ],
    });
    expect(text).toContain(WALLET);
    rmSync(pathsOf(dir).journal);
    openJournal(pathsOf(dir).journal).close();
    expect((await run(wallets, 'score')).text).toBe('no decisions yet');
  });
});

describe('pmcp replay', () => {
  const row = (n: number, change: object = {}) =>
    JSON.stringify({
      proxyWallet: WALLET,
      side: 'BUY',
      asset: '123',
      conditionId: `0x${'c'.repeat(64)}`,
      size: 100,
      price: 0.5,
      timestamp: 1_760_000_000 + n,
      title: 'Rain?',
      slug: 'rain',
      eventSlug: 'weather',
      outcome: 'Yes',
      outcomeIndex: 0,
      transactionHash: `0x${n.toString(16).padStart(16, '0')}${'0'.repeat(48)}`,
      ...change,
    });

  it('decides on every row and sets bad ones aside', async () => {
    const path = join(dir, 'rows.ndjson.gz');
    const lines = [
      row(1),
      row(2, { side: 'SELL' }),
      row(3, { price: 0.0005 }),
      row(4, { side: 'SELL', asset: '77' }),
      row(5, { size: -1 }),
      'not json',
      row(6, { proxyWallet: `0x${'dd'.repeat(20)}` }),
    ];
    writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
    const { text, outcome } = await runCommand(replay, { file: path }, dir);
    expect(outcome?.data).toMatchObject({ rows: 5, fills: 5, repeats: 0, copied: 3 });
    expect(outcome?.data).toMatchObject({ quarantined: { size: 1, 'line: not JSON': 1 } });
    expect(text).toMatch(/set aside 1: size/);
    expect(text).toMatch(/skipped 1: no_position/);
    const only = await runCommand(replay, { file: path, wallet: WALLET.toUpperCase() }, dir);
    expect(only.outcome?.data).toMatchObject({ rows: 4 });
  });

  it('refuses a missing file and figures out of range', async () => {
    await expect(runCommand(replay, { file: join(dir, 'none') }, dir)).rejects.toThrow(ConfigError);
    const path = join(dir, 'rows.ndjson');
    writeFileSync(path, '');
    await expect(runCommand(replay, { file: path, lag: -1 }, dir)).rejects.toThrow(UsageError);
  });
});
