import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { deriveWallets } from '../../src/core/wallets.ts';
import { ConfigError } from '../../src/errors.ts';
import { endpointsOf, environmentOf, PAPER_CHAIN_ID } from '../../src/venue/endpoints.ts';
import { configuredIdentity, paperIdentity } from '../../src/venue/identity.ts';
import { keccak256 } from '../../src/venue/keccak.ts';
import { createSigningKey } from '../../src/venue/key.ts';
import { paperKey } from '../../src/venue/paper-key.ts';
import { configWith } from './config.ts';

const directory = mkdtempSync(join(tmpdir(), 'pmcp-identity-'));
afterAll(() => rmSync(directory, { recursive: true }));

const key = createSigningKey('4c'.repeat(32));
const wallets = deriveWallets(key.address, keccak256);

describe('where the bot talks to', () => {
  test('on paper, nothing of the environment is the real venue’s', async () => {
    const environment = environmentOf(endpointsOf(await configWith({ EXCHANGE_PORT: 12345 })));
    expect(environment.chainId).toBe(PAPER_CHAIN_ID);
    const text = JSON.stringify(environment);
    expect(text).not.toMatch(/polymarket\.com|drpc/);
    const addresses = text.match(/(https?|wss?):\/\/[^"]+/g) ?? [];
    expect(addresses.length).toBeGreaterThan(10);
    for (const address of addresses) expect(address).toContain('://127.0.0.1:12345/');
  });

  test('on paper, the host of the real venue is refused', async () => {
    const config = await configWith({ EXCHANGE_HOST: 'clob.polymarket.com' });
    expect(() => environmentOf(endpointsOf(config))).toThrow(
      'paper mode would reach clob.polymarket.com',
    );
  });

  test('an IPv6 host gets its brackets', async () => {
    const { clob } = endpointsOf(await configWith({ EXCHANGE_HOST: '::1', EXCHANGE_PORT: 5 }));
    expect(clob).toBe('http://[::1]:5/clob');
  });

  test.each(['live', 'shadow'] as const)('in %s mode, the configured addresses', async (mode) => {
    const config = await configWith({
      TRADING_MODE: mode,
      CLOB_URL: 'https://clob.test',
      CLOB_WS_URL: 'wss://socket.test/ws/',
    });
    const endpoints = endpointsOf(config);
    expect(endpoints).toMatchObject({
      chainId: 137,
      clob: 'https://clob.test',
      marketSocket: 'wss://socket.test/ws/market',
      userSocket: 'wss://socket.test/ws/user',
      rtds: config.RTDS_URL,
    });
    expect(environmentOf(endpoints)).toMatchObject({ name: 'live', chainId: 137 });
  });
});

describe('the paper key', () => {
  test('is made once, for its owner only', () => {
    const first = paperKey(join(directory, 'new'));
    const file = join(directory, 'new', 'paper.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(paperKey(join(directory, 'new')).address).toBe(first.address);
    expect(readFileSync(file, 'utf8').trim()).toBe(first.reveal());
  });

  test('that is spoilt is refused', () => {
    writeFileSync(join(directory, 'paper.key'), 'oops');
    expect(() => paperKey(directory)).toThrow(ConfigError);
  });

  test('that cannot be written is an error', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => paperKey(join(directory, 'file'))).toThrow();
  });

  test('trades by its deposit wallet', () => {
    const identity = paperIdentity(key);
    expect(identity.signatureType).toBe(3);
    expect(identity.funder.toLowerCase()).toBe(wallets.deposit);
    expect(identity.signer.toLowerCase()).toBe(key.address);
  });
});

describe('the configured wallet', () => {
  test.each<[Config['SIGNATURE_TYPE'], number, string]>([
    ['EOA', 0, key.address],
    ['POLY_PROXY', 1, wallets.proxy],
    ['POLY_GNOSIS_SAFE', 2, wallets.safe],
    ['POLY_1271', 3, wallets.deposit],
  ])('%s is derived from the key when it is not named', async (type, signatureType, funder) => {
    const identity = configuredIdentity(key, await configWith({ SIGNATURE_TYPE: type }));
    expect(identity.signatureType).toBe(signatureType);
    expect(identity.funder.toLowerCase()).toBe(funder);
    const named = { SIGNATURE_TYPE: type, FUNDER_ADDRESS: ` ${funder.toUpperCase()} ` };
    expect(configuredIdentity(key, await configWith(named)).funder).toBe(identity.funder);
  });

  test('may be the deposit wallet of an older account', async () => {
    const config = await configWith({
      SIGNATURE_TYPE: 'POLY_1271',
      FUNDER_ADDRESS: wallets.legacyDeposit,
    });
    expect(configuredIdentity(key, config).funder.toLowerCase()).toBe(wallets.legacyDeposit);
  });

  test('of another key, or of another kind, is refused', async () => {
    const foreign = await configWith({ FUNDER_ADDRESS: `0x${'12'.repeat(20)}` });
    expect(() => configuredIdentity(key, foreign)).toThrow('is not the EOA wallet of key');
    const kind = await configWith({ SIGNATURE_TYPE: 'POLY_PROXY', FUNDER_ADDRESS: wallets.safe });
    expect(() => configuredIdentity(key, kind)).toThrow('is not the POLY_PROXY wallet of key');
  });
});
