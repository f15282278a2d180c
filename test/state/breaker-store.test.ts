import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ARMED, LATCHES, permits } from '../../src/core/breaker.ts';
import { ARMED_SET, advance, type BreakerSet } from '../../src/core/breaker-set.ts';
import { DAY_MS } from '../../src/core/day-loss.ts';
import { ConfigError } from '../../src/errors.ts';
import { writeFileAtomic } from '../../src/state/atomic-file.ts';
import { decodeBody } from '../../src/state/breaker-file.ts';
import { type BreakerStore, openBreakerStore } from '../../src/state/breaker-store.ts';
import { breakerEvent, latch } from '../breaker-arbitraries.ts';

const root = mkdtempSync(join(tmpdir(), 'pmcp-breaker-'));
afterAll(() => rmSync(root, { recursive: true }));

let directory = '';
let path = '';
let count = 0;
beforeEach(() => {
  directory = join(root, String(count++));
  mkdirSync(directory);
  path = join(directory, 'breaker.json');
});

const NOW = 20_000 * DAY_MS;
const open = (options: Partial<Parameters<typeof openBreakerStore>[0]> = {}) =>
  openBreakerStore({ path, nowMs: NOW, whenMissing: 'create', ...options });
const trip = {
  type: 'trip',
  cause: 'daily_loss',
  detail: 'lost 100',
  untilMs: NOW + DAY_MS,
  firm: true,
} as const;
const halt = { type: 'halt', by: 'ann', reason: 'look' } as const;

function expectAllHalted(store: BreakerStore, reason: RegExp): void {
  for (const name of LATCHES) {
    expect(store.state(name).kind).toBe('halted');
    expect(permits(store.state(name), 'enter')).toBe(false);
    expect(permits(store.state(name), 'exit')).toBe(true);
  }
  expect(store.notice).toMatch(reason);
}

describe('first boot', () => {
  it('creates the file armed, readable by its owner alone', () => {
    const store = open();
    expect(store.set()).toEqual(ARMED_SET);
    expect(store.notice).toContain('no breaker state yet');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(open().notice).toBeUndefined();
    expect(readdirSync(directory)).toEqual(['breaker.json']);
  });

  it('is not assumed when the file was there before: its loss halts', () => {
    expectAllHalted(open({ whenMissing: 'halt' }), /missing/);
    expect(open().state('search').kind).toBe('halted');
  });
});

describe('changes', () => {
  it('are on disk at once, with who, when and why', () => {
    const store = open();
    const change = store.apply('trading', trip, NOW + 5);
    expect(change).toMatchObject({ latch: 'trading', from: ARMED, to: { kind: 'tripped' } });
    const again = open();
    expect(again.set()).toEqual(store.set());
    again.apply('trading', { type: 'reset', by: 'ann', reason: 'checked' }, NOW + 9);
    again.apply('mcp', halt, NOW + 10);
    again.apply('mcp', { type: 'trip', cause: 'operator', untilMs: null, by: 'bob' }, NOW + 11);
    expect(open().history(9)).toEqual([
      {
        atMs: NOW + 11,
        latch: 'mcp',
        event: 'trip',
        from: 'halted',
        to: 'halted',
        by: 'bob',
        why: 'operator',
      },
      {
        atMs: NOW + 10,
        latch: 'mcp',
        event: 'halt',
        from: 'armed',
        to: 'halted',
        by: 'ann',
        why: 'look',
      },
      {
        atMs: NOW + 9,
        latch: 'trading',
        event: 'reset',
        from: 'tripped',
        to: 'armed',
        by: 'ann',
        why: 'checked',
      },
      {
        atMs: NOW + 5,
        latch: 'trading',
        event: 'trip',
        from: 'armed',
        to: 'tripped',
        by: 'pmcp',
        why: 'daily_loss: lost 100',
      },
    ]);
    expect(open().history(1)).toHaveLength(1);
  });

  it('that change nothing write nothing', () => {
    const store = open();
    store.apply('trading', trip, NOW);
    const before = readFileSync(path, 'utf8');
    expect(store.apply('trading', trip, NOW + 1)).toBeUndefined();
    expect(store.apply('search', { type: 'tick' }, NOW + 1)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(store.history(9)).toHaveLength(1);
  });

  it('keep a bounded history', () => {
    const store = open();
    for (let i = 0; i < 260; i++) {
      store.apply('mcp', halt, NOW + i);
      store.apply('mcp', { type: 'resume', by: 'ann' }, NOW + i);
    }
    expect(open().history(9999)).toHaveLength(500);
  });

  it('are refused when opened for reading', () => {
    open().apply('mcp', halt, NOW);
    const before = readFileSync(path, 'utf8');
    const store = open({ readOnly: true });
    expect(store.state('mcp').kind).toBe('halted');
    expect(() => store.apply('mcp', { type: 'resume', by: 'ann' }, NOW)).toThrow(/for reading/);
    expect(readFileSync(path, 'utf8')).toBe(before);
    rmSync(path);
    expect(open({ readOnly: true }).set()).toEqual(ARMED_SET);
    expect(existsSync(path)).toBe(false);
  });

  it('persisted and loaded equal never stopped, at every step', () => {
    const step = fc.record({
      latch,
      event: breakerEvent,
      nowMs: fc.integer({ min: 0, max: 10_000 }),
      restart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        rmSync(path, { force: true });
        let store = open();
        let memory: BreakerSet = ARMED_SET;
        for (const { latch: name, event, nowMs, restart } of steps) {
          store.apply(name, event, nowMs);
          memory = advance(memory, name, event, nowMs);
          if (restart) store = open();
          expect(store.set()).toEqual(memory);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the day and the tally', () => {
  it('survive a restart: the loss counts from the equity at the start of the day', () => {
    open().seeEquity(1000, NOW);
    const store = open();
    store.seeEquity(300, NOW + 5);
    expect(store.set().day).toMatchObject({ startEquityMicro: 1000, lossMicro: 700 });
    store.seeEquity(300, NOW - 40 * DAY_MS);
    expect(store.set().day).toMatchObject({ day: 20_000, lossMicro: 700 });
    store.seeEquity(300, NOW + DAY_MS);
    expect(open().set().day).toMatchObject({ day: 20_001, startEquityMicro: 300, lossMicro: 0 });
  });

  it('losses and failures are on disk at once, good orders with the next of them', () => {
    const store = open();
    store.keepTally({ consecutiveLosses: 0, orders: '.' }, NOW);
    expect(open().set().tally.orders).toBe('');
    store.keepTally({ consecutiveLosses: 0, orders: '.x' }, NOW);
    expect(open().set().tally.orders).toBe('.x');
    store.keepTally({ consecutiveLosses: 1, orders: '.x.' }, NOW);
    expect(open().set().tally).toEqual({ consecutiveLosses: 1, orders: '.x.' });
    store.keepTally(store.set().tally, NOW);
  });
});

describe('a state that cannot be trusted', () => {
  it('loads as halted whichever byte is damaged, and the bad file is kept', () => {
    const store = open();
    store.seeEquity(1000, NOW);
    store.apply('trading', trip, NOW);
    const good = readFileSync(path);
    for (let at = 0; at < good.length; at++) {
      for (const mask of [0x01, 0x20, 0x80]) {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ mask;
        const read = decodeBody(bad.toString('utf8'));
        expect('corrupt' in read, `byte ${at} xor ${mask}`).toBe(true);
      }
      expect('corrupt' in decodeBody(good.toString('utf8', 0, at))).toBe(true);
    }
    expect('body' in decodeBody(good.toString('utf8'))).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['half', '{"schema":"pmcp.breaker-state","version":1,"checks'],
    ['another document', '{"schema":"pmcp.other"}'],
    ['a later version', '{"schema":"pmcp.breaker-state","version":2,"checksum":"","body":{}}'],
    ['armed by hand', '{"state":"armed"}'],
    ['null', 'null'],
  ])('%s: halted, resumed by a human only', (_, content) => {
    writeFileSync(path, content);
    const store = open();
    expectAllHalted(store, /kept as .*breaker\.json\.corrupt-20241004T000000Z/);
    const kept = readdirSync(directory).find((name) => name.includes('corrupt')) ?? '';
    expect(readFileSync(join(directory, kept), 'utf8')).toBe(content);
    const again = open();
    expect(again.state('trading').kind).toBe('halted');
    again.apply('trading', { type: 'resume', by: 'ann' }, NOW);
    expect(open().state('trading')).toEqual(ARMED);
    expect(open().state('mcp').kind).toBe('halted');
  });

  it('a directory in its place is kept aside too', () => {
    mkdirSync(path);
    expectAllHalted(open(), /EISDIR/);
    expect(statSync(path).isFile()).toBe(true);
  });

  it('looked at only, it stays where it is', () => {
    writeFileSync(path, 'x');
    expectAllHalted(open({ readOnly: true }), /not JSON$/);
    expect(readdirSync(directory)).toEqual(['breaker.json']);
  });

  it('belongs to one wallet', () => {
    open({ owner: '0xa' });
    expect(() => open({ owner: '0xb' })).toThrow(ConfigError);
    expect(() => open({ owner: '0xb' })).toThrow('belongs to 0xa, not to 0xb');
    expect(open().set()).toEqual(ARMED_SET);
    expect(() => open({ owner: '0xb' })).toThrow(ConfigError);
  });
});

describe('a disk that cannot be written', () => {
  it('halts at the start', () => {
    path = join(directory, 'gone', 'breaker.json');
    const store = open();
    expect(store.fault()).toContain('cannot be written: ENOENT');
    expect(store.state('trading')).toMatchObject({ kind: 'halted', by: 'pmcp' });
  });

  it('halts when there is not even a directory', () => {
    writeFileSync(path, '');
    path = join(path, 'breaker.json');
    const store = open();
    expectAllHalted(store, /ENOTDIR/);
    expect(store.notice).not.toContain('kept as');
  });

  it('halts trading and the latch concerned, and loosens nothing', () => {
    const store = open();
    store.apply('trading', trip, NOW);
    rmSync(directory, { recursive: true });
    store.apply('trading', { type: 'reset', by: 'ann' }, NOW);
    expect(store.state('trading')).toMatchObject({ kind: 'halted', under: { kind: 'tripped' } });
    expect(store.state('mcp')).toEqual(ARMED);
    store.apply('mcp', { ...trip, cause: 'mcp_cpu' }, NOW);
    expect(store.state('mcp')).toMatchObject({ kind: 'halted', under: { cause: 'mcp_cpu' } });
    store.apply('trading', { type: 'resume', by: 'ann' }, NOW);
    expect(store.state('trading').kind).toBe('halted');
    mkdirSync(directory);
    store.apply('trading', { type: 'resume', by: 'ann' }, NOW);
    expect(store.state('trading').kind).toBe('tripped');
    expect(store.fault()).toBeUndefined();
    expect(open().set()).toEqual(store.set());
  });

  it('halts when the day or the tally cannot be kept', () => {
    for (const act of [
      (store: BreakerStore) => store.seeEquity(1, NOW),
      (store: BreakerStore) => store.keepTally({ consecutiveLosses: 1, orders: '' }, NOW),
    ]) {
      mkdirSync(directory, { recursive: true });
      rmSync(path, { force: true });
      const store = open();
      rmSync(directory, { recursive: true });
      act(store);
      expect(store.state('trading').kind).toBe('halted');
    }
  });
});

describe('writeFileAtomic', () => {
  it('replaces the content and the mode, and never writes through a planted link', () => {
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, `${path}.tmp`);
    writeFileSync(path, 'old', { mode: 0o666 });
    writeFileAtomic(path, 'new', 0o640);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('leaves nothing behind when it fails', () => {
    mkdirSync(path);
    expect(() => writeFileAtomic(path, 'new')).toThrow(/EISDIR|directory/);
    expect(readdirSync(directory)).toEqual(['breaker.json']);
  });
});
