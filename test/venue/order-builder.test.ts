import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecureClient, OrderSide, OrderType } from '@polymarket/client';
import { privateKey } from '@polymarket/client/viem';
import fc from 'fast-check';
import { getAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignatureType } from '../../src/core/eip712.ts';
import { deriveWallets, EXCHANGE_CONTRACTS } from '../../src/core/wallets.ts';
import { type Endpoints, environmentOf } from '../../src/venue/endpoints.ts';
import { keccak256 } from '../../src/venue/keccak.ts';
import { createSigningKey } from '../../src/venue/key.ts';
import { createOrderBuilder } from '../../src/venue/order-builder.ts';

const KEY = `0x${'4c'.repeat(32)}` as const;
const OWNER = '3f7a0e3e-0000-4000-8000-000000000001';

/** Just enough of the venue for the official client to sign and post; keeps the posted bodies. */
function stubVenue() {
  const posted: string[] = [];
  let negRisk = false;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const path = new URL(request.url ?? '/', 'http://stub').pathname;
    const answers: Record<string, unknown> = {
      '/clob/auth/api-key': { apiKey: OWNER, secret: 'c2VjcmV0', passphrase: 'p' },
      '/clob/tick-size': { minimum_tick_size: 0.01 },
      '/clob/neg-risk': { neg_risk: negRisk },
      '/relayer/deployed': { deployed: true },
      '/clob/order': {
        success: true,
        errorMsg: '',
        orderID: '0x01',
        status: 'live',
        makingAmount: '',
        takingAmount: '',
      },
    };
    if (path === '/clob/order') posted.push(body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[path] ?? {}));
  });
  return {
    server,
    posted,
    setNegRisk: (value: boolean) => {
      negRisk = value;
    },
  };
}

const stub = stubVenue();
let environment: ReturnType<typeof environmentOf>;

beforeAll(async () => {
  await new Promise<void>((done) => stub.server.listen(0, '127.0.0.1', done));
  const { port } = stub.server.address() as AddressInfo;
  const http = `http://127.0.0.1:${port}`;
  const ws = `ws://127.0.0.1:${port}`;
  const endpoints: Endpoints = {
    chainId: 31337,
    clob: `${http}/clob`,
    data: `${http}/data`,
    gamma: `${http}/gamma`,
    relayer: `${http}/relayer`,
    rpc: `${http}/rpc`,
    marketSocket: `${ws}/ws/market`,
    userSocket: `${ws}/ws/user`,
    rtds: `${ws}/rtds`,
  };
  environment = environmentOf(endpoints);
});

afterAll(() => {
  stub.server.closeAllConnections();
  stub.server.close();
});

const order = fc.record({
  tokenId: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }).map(String),
  buy: fc.boolean(),
  negRisk: fc.boolean(),
  cents: fc.integer({ min: 100, max: 10_000_000 }),
  priceCents: fc.integer({ min: 1, max: 99 }),
  orderType: fc.constantFrom(OrderType.FAK, OrderType.FOK),
});

describe.each<[string, SignatureType, 'eoa' | 'proxy' | 'safe' | 'deposit' | 'legacyDeposit']>([
  ['an EOA', 0, 'eoa'],
  ['a proxy wallet', 1, 'proxy'],
  ['a safe', 2, 'safe'],
  ['a deposit wallet', 3, 'deposit'],
  ['a legacy deposit wallet', 3, 'legacyDeposit'],
])('for %s', (_, signatureType, kind) => {
  test('the posted bytes are those of the official client', async () => {
    const key = createSigningKey(KEY);
    const wallets = {
      ...deriveWallets(key.address, keccak256),
      eoa: key.address,
    };
    const funder = getAddress(wallets[kind]);
    // The client refuses a wallet that is not derived from the signer: an oracle for deriveWallets.
    const client = await createSecureClient({
      environment,
      signer: privateKey(KEY),
      wallet: funder,
    });

    await fc.assert(
      fc.asyncProperty(order, async ({ tokenId, buy, negRisk, cents, priceCents, orderType }) => {
        stub.setNegRisk(negRisk);
        stub.posted.length = 0;
        const price = (priceCents / 100).toFixed(2);
        const amount = (cents / 100).toFixed(2);
        const signed = buy
          ? await client.createMarketOrder({
              tokenId,
              side: OrderSide.BUY,
              amount,
              maxPrice: price,
              orderType,
            })
          : await client.createMarketOrder({
              tokenId,
              side: OrderSide.SELL,
              shares: amount,
              minPrice: price,
              orderType,
            });
        await client.postOrder(signed);
        const build = createOrderBuilder({
          chainId: 31337,
          contracts: EXCHANGE_CONTRACTS,
          key,
          funder,
          signer: getAddress(key.address),
          signatureType,
          owner: OWNER,
          salt: () => Number(signed.salt),
        });
        const ours = build(
          {
            tokenId,
            side: buy ? 'BUY' : 'SELL',
            makerAmountMicro: Number(signed.makerAmount),
            takerAmountMicro: Number(signed.takerAmount),
            orderType,
            negRisk,
          },
          Number(signed.timestamp),
        );
        expect(ours.payload).toBe(stub.posted[0]);
      }),
      { numRuns: 12 },
    );
  });
});

describe('a built order', () => {
  const key = createSigningKey(KEY);
  const build = createOrderBuilder({
    chainId: 31337,
    contracts: EXCHANGE_CONTRACTS,
    key,
    funder: key.address,
    signer: key.address,
    signatureType: 0,
    owner: OWNER,
  });
  const draft = {
    tokenId: '123',
    side: 'BUY' as const,
    makerAmountMicro: 5_000_000,
    takerAmountMicro: 10_000_000,
    orderType: 'FAK' as const,
    negRisk: false,
  };

  test('has a salt of its own each time, within what JSON carries exactly', () => {
    const salts = Array.from({ length: 600 }, () => {
      const salt: unknown = JSON.parse(build(draft, 1).payload).order.salt;
      expect(Number.isSafeInteger(salt)).toBe(true);
      return salt;
    });
    expect(new Set(salts).size).toBe(600);
  });

  test('has another id in a neg-risk market: its exchange is another contract', () => {
    const same = createOrderBuilder({
      chainId: 31337,
      contracts: {
        standardExchange: `0x${'01'.repeat(20)}`,
        negRiskExchange: `0x${'02'.repeat(20)}`,
      },
      key,
      funder: key.address,
      signer: key.address,
      signatureType: 0,
      owner: OWNER,
      salt: () => 7,
    });
    expect(same(draft, 1).orderId).not.toBe(same({ ...draft, negRisk: true }, 1).orderId);
    expect(same(draft, 1).orderId).toBe(same(draft, 1).orderId);
  });
});

describe('a private key', () => {
  test.each(['', '0x12', 'ff'.repeat(32), '00'.repeat(32), 'zz'.repeat(32)])(
    'is refused when it is %j, without being shown',
    (hex) => {
      expect(() => createSigningKey(hex)).toThrow(
        'PRIVATE_KEY: not a private key (its value is not shown)',
      );
    },
  );

  test('may come without 0x and with white space around it', () => {
    expect(createSigningKey(`${'4c'.repeat(32)}\n`).address).toBe(createSigningKey(KEY).address);
  });
});
