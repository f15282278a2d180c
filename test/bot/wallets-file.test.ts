import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { walletsToFollow } from '../../src/bot/paper-leaders.ts';
import { policyFrom, settingsFrom } from '../../src/bot/policy.ts';
import {
  formatWalletsFile,
  readWalletsFile,
  type WalletsFile,
} from '../../src/bot/wallets-file.ts';
import { watchWallets } from '../../src/bot/wallets-watch.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { MICRO } from '../../src/core/money.ts';
import { ConfigError, InconclusiveError } from '../../src/errors.ts';
import { until } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'pmcp-wallets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const A = `0x${'aA'.repeat(20)}`;
const B = `0x${'bb'.repeat(20)}`;

const parse = (text: string): WalletsFile => {
  const path = join(folder, 'wallets.json');
  writeFileSync(path, text);
  return readWalletsFile(path) as WalletsFile;
};
const problemsOf = (text: string): string[] => {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.length > 0
      ? error.problems.map(({ message }) => message)
      : [error.message];
  }
  return [];
};

const configWith = (env: Record<string, string>): Promise<Config> =>
  loadConfig({ flags: {}, env, directory: folder });

describe('the wallets file', () => {
  it('holds addresses, alone or with caps, and market lists', () => {
    const file = parse(
      JSON.stringify({
        target_wallets: [
          A,
          {
            address: B,
            label: 'bob',
            enabled: false,
            max_trade: 2.5,
            max_exposure: 40,
            sizing: { mode: 'fixed', usdc: 3 },
          },
        ],
        whitelisted_markets: ['rain'],
        blacklisted_markets: ['snow'],
      }),
    );
    expect(file.wallets.get(A.toLowerCase())).toEqual({ enabled: true, label: '0xaaaa…aaaa' });
    expect(file.wallets.get(B)).toEqual({
      enabled: false,
      label: 'bob',
      maxTradeMicro: 2.5 * MICRO,
      maxExposureMicro: 40 * MICRO,
      sizing: { mode: 'fixed', usdcMicro: 3 * MICRO },
    });
    expect([...file.allowMarkets, ...file.denyMarkets]).toEqual(['rain', 'snow']);
    expect(parse(formatWalletsFile(file))).toEqual(file);
  });

  it('knows every way of sizing', () => {
    const sizings = [
      { mode: 'proportional', ratio: 0.5 },
      { mode: 'bankroll', fraction: 0.01 },
    ];
    for (const sizing of sizings) {
      const text = JSON.stringify({ target_wallets: [{ address: A, sizing }] });
      const file = parse(text);
      expect(file.wallets.get(A.toLowerCase())?.sizing).toEqual(sizing);
      expect(parse(formatWalletsFile(file))).toEqual(file);
    }
  });

  it('is refused with all its problems at once', () => {
    const text = JSON.stringify({
      target_wallets: [
        7,
        { address: 'nobody' },
        { address: A, lable: 'typo' },
        A,
        { address: B, label: 5, enabled: 'yes', max_trade: -1, sizing: { mode: 'all-in' } },
      ],
      whitelisted_markets: 'rain',
      min_confidence_score: 0.7,
    });
    const problems = problemsOf(text);
    for (const words of [
      'min_confidence_score: nothing reads this key',
      'target_wallets[0]: must be an address or an object, not 7',
      'target_wallets[1].address: "nobody" is not an address',
      'target_wallets[2].lable: nothing reads this key',
      `target_wallets[3]: ${A.toLowerCase()} stands here twice`,
      'target_wallets[4].label: must be a text',
      'target_wallets[4].enabled: must be true or false, not "yes"',
      'target_wallets[4].max_trade: must be a sum in USDC, not -1',
      'target_wallets[4].sizing: {"mode":"all-in"} is not a way of sizing',
      'whitelisted_markets: must be a list',
    ]) {
      expect(
        problems.some((problem) => problem.startsWith(words)),
        words,
      ).toBe(true);
    }
    expect(problems).toHaveLength(10);
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /must be an object/],
    ['{}', /target_wallets: must be a list, not nothing/],
    ['{"target_wallets":[{"address":"0x1","sizing":{"mode":"fixed","usdc":"x"}}]}', /0x1/],
  ])('%s is refused', (text, words) => {
    expect(problemsOf(text).join('\n')).toMatch(words);
  });

  it('may be missing, but not unreadable', () => {
    expect(readWalletsFile(join(folder, 'none.json'))).toBeUndefined();
    mkdirSync(join(folder, 'a-folder.json'));
    expect(() => readWalletsFile(join(folder, 'a-folder.json'))).toThrow(ConfigError);
  });

  it('is watched: a change is taken over, a bad one is told', async () => {
    const path = join(folder, 'watched.json');
    writeFileSync(path, JSON.stringify({ target_wallets: [] }));
    const changes: number[] = [];
    const problems: string[] = [];
    const watch = watchWallets(
      path,
      (file) => changes.push(file.wallets.size),
      (message) => problems.push(message),
      10,
    );
    writeFileSync(path, JSON.stringify({ target_wallets: [A] }));
    await until(() => changes.length === 1);
    writeFileSync(path, 'oops');
    await until(() => problems.length === 1);
    rmSync(path);
    await until(() => problems.length === 2);
    watch.close();
    expect(changes).toEqual([1]);
    expect(problems[0]).toMatch(/not JSON/);
    expect(problems[1]).toMatch(/is gone/);
  });
});

describe('whom to follow', () => {
  it('is the file’s wallets, else the paper exchange’s leaders', async () => {
    const leaders = [{ wallet: A, name: 'Ann', style: 's' }, { wallet: 5 }];
    const server = createServer((_, response) => response.end(JSON.stringify(leaders)));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const port = String((server.address() as AddressInfo).port);
    const path = join(folder, 'followed.json');
    const config = await configWith({ EXCHANGE_PORT: port, WALLETS_FILE: path });
    const file = await walletsToFollow(config);
    expect([...file.wallets]).toEqual([[A.toLowerCase(), { enabled: true, label: 'Ann' }]]);
    writeFileSync(path, JSON.stringify({ target_wallets: [B] }));
    expect([...(await walletsToFollow(config)).wallets.keys()]).toEqual([B]);
    await new Promise((done) => server.close(done));
    rmSync(path);
    await expect(walletsToFollow(config)).rejects.toThrow(InconclusiveError);
    const shadow = await configWith({ TRADING_MODE: 'shadow', WALLETS_FILE: path });
    await expect(walletsToFollow(shadow)).rejects.toThrow(/does not exist/);
  });
});

describe('the policy', () => {
  const none = {
    wallets: new Map(),
    allowMarkets: new Set<string>(),
    denyMarkets: new Set<string>(),
  };

  it('is the configuration in integers', async () => {
    const config = await configWith({ MAX_POSITION_SIZE: '60', MAX_HOLDING_HOURS: '2' });
    expect(policyFrom(config, none)).toMatchObject({
      maxPositionMicro: 60 * MICRO,
      sizing: { mode: 'proportional', ratio: 0.1 },
      maxTradeAgeMs: 30_000,
    });
    expect(settingsFrom(config)).toMatchObject({
      limits: { maxDailyLossMicro: 100 * MICRO, cooldownMs: 3_600_000 },
      exits: { maxHoldingMs: 7_200_000 },
      feedSilenceMs: 30_000,
    });
    const fixed = await configWith({ SIZING_MODE: 'fixed', FIXED_TRADE_AMOUNT: '4' });
    expect(policyFrom(fixed, none).sizing).toEqual({ mode: 'fixed', usdcMicro: 4 * MICRO });
    const share = await configWith({ SIZING_MODE: 'bankroll' });
    expect(policyFrom(share, none).sizing).toEqual({ mode: 'bankroll', fraction: 0.01 });
  });
});
