import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, RefusedError } from '../../src/errors.ts';
import { type Journal, JournalUnwritableError, openJournal } from '../../src/state/journal.ts';
import { openJournalArchive } from '../../src/state/journal-archive.ts';
import { sampleDecision, sampleOrder, sampleTrade, WALLET } from './samples.ts';

const WRITER = join(import.meta.dirname, 'journal-writer.ts');
let folder: string;
let path: string;
const open: Journal[] = [];
const journalAt = (at = path) => {
  const journal = openJournal(at);
  open.push(journal);
  return journal;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pmcp-journal-'));
  path = join(folder, 'journal.db');
});
afterEach(() => {
  for (const journal of open.splice(0)) {
    try {
      journal.close();
    } catch {
      // closed by the test
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('journal', () => {
  it('keeps a copy, its order, its trail and its fills, for its own user only', () => {
    const journal = journalAt();
    journal.write((tx) => {
      tx.decision(sampleDecision(1, { result: 'copy', orderId: '0xorder1' }));
      tx.order(sampleOrder(1));
      tx.orderEvent({ orderId: '0xorder1', atMs: 1, kind: 'signed', detail: '' });
      tx.trade(sampleTrade(1));
      tx.cursor({ wallet: WALLET, baselineMs: 1, watermarkMs: 2 });
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    journal.close();
    const again = journalAt();
    expect(again.hasDecision('fill-000001')).toBe(true);
    expect(again.order('0xorder1')).toEqual(sampleOrder(1));
    expect(again.openOrders()).toEqual([sampleOrder(1)]);
    expect(again.openTrades()).toEqual([sampleTrade(1)]);
    expect(again.tradesOf('0xorder1')).toHaveLength(1);
    expect(again.orderEvents('0xorder1')).toEqual([
      { orderId: '0xorder1', atMs: 1, kind: 'signed', detail: '' },
    ]);
    expect(again.cursors()).toEqual([{ wallet: WALLET, baselineMs: 1, watermarkMs: 2 }]);
    again.write((tx) => {
      tx.orderChange('0xorder1', { status: 'done', filledSharesMicro: 5 }, 9);
      tx.trade(sampleTrade(1, { status: 'CONFIRMED' }));
    });
    expect(again.openOrders()).toEqual([]);
    expect(again.openTrades()).toEqual([]);
    expect(again.order('0xorder1')).toMatchObject({ status: 'done', filledSharesMicro: 5 });
  });

  it('refuses a second copy of one fill, and keeps nothing of that transaction', () => {
    const journal = journalAt();
    journal.write((tx) => tx.decision(sampleDecision(1)));
    expect(() =>
      journal.write((tx) => {
        tx.order(sampleOrder(1));
        tx.decision(sampleDecision(1, { result: 'copy', orderId: '0xorder1' }));
      }),
    ).toThrow('decided already');
    expect(journal.openOrders()).toEqual([]);
    expect(journal.failure()).toBeUndefined();
    journal.write((tx) => tx.order(sampleOrder(2)));
    expect(() => journal.write((tx) => tx.order(sampleOrder(2, { orderId: 'other' })))).toThrow(
      /UNIQUE/,
    );
    expect(journal.failure()).toBeUndefined();
  });

  it('knows a queued skip at once and writes it with the next flush or transaction', () => {
    const journal = journalAt();
    journal.queueDecision(sampleDecision(1));
    journal.queueDecision(sampleDecision(2));
    expect(journal.hasDecision('fill-000001')).toBe(true);
    expect(journal.queued()).toBe(2);
    journal.flush();
    journal.queueDecision(sampleDecision(3));
    journal.write((tx) => tx.meta('a', 'b'));
    expect(journal.queued()).toBe(0);
    journal.close();
    const archive = openJournalArchive(path);
    expect(archive.decisions({}).map((row) => row.fillId)).toEqual([
      'fill-000003',
      'fill-000002',
      'fill-000001',
    ]);
    archive.close();
  });

  it('loads the ledger from its checkpoint and the events after it', () => {
    const journal = journalAt();
    journal.write((tx) => tx.ledger({ n: 1 }, 1));
    expect(journal.ledgerHistory()).toEqual({ checkpoint: undefined, events: [{ n: 1 }] });
    journal.checkpointLedger({ sum: 1 });
    journal.write((tx) => tx.ledger({ n: 2 }, 2));
    journal.tidy();
    expect(journal.ledgerHistory()).toEqual({ checkpoint: { sum: 1 }, events: [{ n: 2 }] });
  });

  it('counts exits of one token only', () => {
    const journal = journalAt();
    journal.write((tx) => {
      tx.order(sampleOrder(1, { kind: 'exit', fillId: 'exit:111:1' }));
      tx.order(sampleOrder(2, { kind: 'exit', fillId: 'exit:111:2' }));
      tx.order(sampleOrder(3, { kind: 'exit', fillId: 'exit:1110:1' }));
    });
    expect(journal.exitCount('111')).toBe(2);
    expect(journal.exitCount('1110')).toBe(1);
    expect(journal.exitCount('11')).toBe(0);
  });
});

describe('journal archive', () => {
  it('filters, finds by fill, order and transaction, and counts by wallet', () => {
    const journal = journalAt();
    journal.write((tx) => {
      for (let n = 1; n <= 5; n++) tx.decision(sampleDecision(n));
      tx.decision(sampleDecision(6, { result: 'copy', reason: 'copied', orderId: '0xorder6' }));
      tx.order(sampleOrder(6));
      tx.order(sampleOrder(7, { kind: 'exit', fillId: 'exit:111:1' }));
    });
    const archive = openJournalArchive(path);
    expect(archive.decisions({ limit: 2 }).map((row) => row.fillId)).toEqual([
      'fill-000006',
      'fill-000005',
    ]);
    expect(archive.decisions({ result: 'copy' })).toHaveLength(1);
    expect(archive.decisions({ reason: 'stale', wallet: WALLET, sinceMs: 3_004 })).toHaveLength(2);
    expect([...archive.eachDecision({})].map((row) => row.fillId)[0]).toBe('fill-000001');
    expect(archive.findDecisions('0xorder6')).toHaveLength(1);
    expect(archive.findDecisions('fill-00000')).toHaveLength(6);
    expect(archive.findDecisions(sampleDecision(3).transactionHash)).toHaveLength(1);
    expect(archive.orderOfFill('fill-000006')?.orderId).toBe('0xorder6');
    expect(archive.findExits('exit:111')).toHaveLength(1);
    expect(archive.findExits('0xorder7')).toHaveLength(1);
    expect(archive.countsByWallet()).toEqual([
      { wallet: WALLET, result: 'copy', count: 1 },
      { wallet: WALLET, result: 'skip', count: 5 },
    ]);
    archive.close();
  });

  it('says so when there is no journal', () => {
    expect(() => openJournalArchive(path)).toThrow(RefusedError);
  });
});

describe('a journal that must not be opened', () => {
  const refuses = (kind: typeof ConfigError | typeof RefusedError, words: RegExp) => {
    const before = readFileSync(path);
    expect(() => journalAt()).toThrow(kind);
    expect(() => journalAt()).toThrow(words);
    expect(readFileSync(path).equals(before)).toBe(true);
  };

  it('of a newer version', () => {
    journalAt().close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99; PRAGMA journal_mode = DELETE');
    database.close();
    expect(() => journalAt()).toThrow(ConfigError);
    expect(() => journalAt()).toThrow(/version 99/);
    expect(() => openJournalArchive(path)).toThrow(ConfigError);
  });

  it('that is another program’s database', () => {
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE a (b)');
    database.close();
    expect(() => journalAt()).toThrow(/not a pmcp journal/);
  });

  it('that is no database at all', () => {
    writeFileSync(path, 'not a database, but long enough to be read as one'.repeat(100));
    refuses(RefusedError, /damaged/);
    expect(() => openJournalArchive(path)).toThrow(RefusedError);
  });

  it('with damaged pages, and leaves the file as it is', () => {
    const journal = journalAt();
    for (let n = 0; n < 500; n++) journal.queueDecision(sampleDecision(n));
    journal.flush();
    journal.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 8192, 65_536);
    writeFileSync(path, bytes);
    expect(() => journalAt()).toThrow(/damaged/);
    truncateSync(path, 10_000);
    expect(() => journalAt()).toThrow(RefusedError);
  });

  it('in a folder that cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => journalAt(join(folder, 'file', 'journal.db'))).toThrow(RefusedError);
  });
});

describe('journal under force', () => {
  it('after kill -9 at any moment holds every copy it acknowledged, whole', async () => {
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [WRITER, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.split('\n').length > 40 + round * 17) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const acknowledged = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
      const journal = journalAt();
      const next = Number(journal.meta('next'));
      expect(next).toBeGreaterThan(acknowledged);
      const { events } = journal.ledgerHistory();
      expect(events).toHaveLength(next);
      expect(journal.openOrders()).toHaveLength(next);
      for (let n = 0; n < next; n++)
        expect(journal.hasDecision(sampleDecision(n * 2).fillId)).toBe(true);
      journal.close();
    }
  });

  it('on a full disk refuses, keeps what it had, and goes on once there is room', () => {
    const child = spawnSync(
      'sh',
      ['-c', `trap '' XFSZ; ulimit -f 600; exec "${process.execPath}" "${WRITER}" "${path}"`],
      { encoding: 'utf8' },
    );
    expect(child.stdout).toMatch(/unwritable /);
    const acknowledged = child.stdout.split('\n').filter((line) => /^\d+$/.test(line)).length;
    const journal = journalAt();
    expect(journal.openOrders()).toHaveLength(acknowledged);
    expect(journal.probe(1)).toBe(true);
  });

  it('reports a failed write and recovers by a probe', () => {
    const journal = journalAt();
    const rival = new DatabaseSync(path);
    rival.exec('BEGIN IMMEDIATE');
    journal.queueDecision(sampleDecision(1));
    expect(() => journal.flush()).toThrow(JournalUnwritableError);
    expect(journal.failure()).toMatch(/locked/);
    expect(journal.queued()).toBe(1);
    expect(journal.probe(1)).toBe(false);
    rival.exec('ROLLBACK');
    rival.close();
    expect(journal.probe(2)).toBe(true);
    expect(journal.failure()).toBeUndefined();
    expect(journal.queued()).toBe(0);
  });
});
