import { createHmac, randomBytes } from 'node:crypto';
import { createPublicClient, createSecureClient, forkEnvironmentConfig } from '@polymarket/client';
import { privateKey } from '@polymarket/client/viem';
import secp256k1 from 'secp256k1';
import { defineChain, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import WebSocket from 'ws';
import { realClock } from '../../../src/clock.ts';
import { createOrderHasher, type OrderFields } from '../../../src/core/eip712.ts';
import { MICRO } from '../../../src/core/money.ts';
import { EXCHANGE_CONTRACTS } from '../../../src/core/wallets.ts';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import {
  type Exchange,
  type ExchangeOptions,
  startExchange,
} from '../../../src/exchange/server.ts';
import { keccak, PAPER_CHAIN_ID } from '../../../src/exchange/wire/crypto.ts';

/** A running exchange with quick settlement, on a free port. */
export function startPaper(options: Partial<ExchangeOptions> = {}): Promise<Exchange> {
  return startExchange({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    scenario: 'calm',
    seed: 1,
    balanceMicro: 1000 * MICRO,
    settlement: { minedMs: 200, confirmedMs: 200 },
    ...options,
  });
}

export function environmentOf({ url }: Exchange) {
  const ws = url.replace('http', 'ws');
  return forkEnvironmentConfig({
    name: 'paper',
    chainId: PAPER_CHAIN_ID,
    rpc: `${url}/rpc`,
    clob: {
      rest: `${url}/clob`,
      market: { ws: `${ws}/ws/market` },
      user: { ws: `${ws}/ws/user` },
    },
    relayer: { rest: `${url}/relayer` },
    gamma: { rest: `${url}/gamma` },
    data: { rest: `${url}/data` },
    rtds: { ws: `${ws}/rtds` },
    combos: { rest: `${url}/no`, ws: `${ws}/no`, collateralReturn: { rest: `${url}/no` } },
    perps: { rest: `${url}/no`, ws: `${ws}/no` },
    sports: { ws: `${ws}/no` },
    relayerPollFrequencyMs: 50,
  });
}

export type PrivateKey = `0x${string}`;

export function newKey(): PrivateKey {
  return `0x${randomBytes(32).toString('hex')}`;
}

export function addressOfKey(key: PrivateKey): `0x${string}` {
  return privateKeyToAccount(key).address;
}

/** A signer whose own transactions go to the paper chain, not to viem's public node. */
export function signerOf(exchange: Exchange, key: PrivateKey) {
  const chain = defineChain({
    id: PAPER_CHAIN_ID,
    name: 'paper',
    nativeCurrency: { name: 'POL', symbol: 'POL', decimals: 18 },
    rpcUrls: { default: { http: [`${exchange.url}/rpc`] } },
  });
  return privateKey(key, { chain, transport: http(`${exchange.url}/rpc`) });
}

export function publicClient(exchange: Exchange) {
  return createPublicClient({ environment: environmentOf(exchange) });
}

export function eoaClient(exchange: Exchange, key: PrivateKey = newKey()) {
  return createSecureClient({
    environment: environmentOf(exchange),
    signer: signerOf(exchange, key),
    wallet: addressOfKey(key),
  });
}

/** Deposit-wallet client: the wallet is left out and found by the client. */
export function depositClient(exchange: Exchange, key: PrivateKey = newKey()) {
  return createSecureClient({
    environment: environmentOf(exchange),
    signer: signerOf(exchange, key),
  });
}

export async function waitFor<T>(probe: () => T | undefined | false, ms = 10_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${probe.toString().slice(0, 200)}`);
    await sleep(10);
  }
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An open market whose first token can be bought and sold now. */
export function liquidMarket({ engine }: Exchange): Promise<ExchangeMarket> {
  return waitFor(() =>
    engine.markets().find((market) => {
      const book = engine.book(market.tokenIds[0]);
      const ask = book?.asks.at(-1)?.priceMicro ?? 0;
      return (
        market.acceptingOrders &&
        market.secondsDelay === 0 &&
        market.tickMicro === 10_000 &&
        (book?.bids.length ?? 0) > 1 &&
        (book?.asks.length ?? 0) > 1 &&
        ask > 100_000 &&
        ask < 900_000
      );
    }),
  );
}

export interface Credentials {
  key: PrivateKey;
  address: string;
  apiKey: string;
  secret: string;
  passphrase: string;
}

/** Opens an account by hand, without the official client. */
export async function login(exchange: Exchange, key = newKey()): Promise<Credentials> {
  const response = await fetch(`${exchange.url}/clob/auth/api-key`, {
    method: 'POST',
    headers: await l1Headers(key),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  const issued: Omit<Credentials, 'key' | 'address'> = JSON.parse(text);
  return { key, address: addressOfKey(key), ...issued };
}

export async function l1Headers(key: PrivateKey, at = Date.now()): Promise<Record<string, string>> {
  const account = privateKeyToAccount(key);
  const timestamp = String(Math.floor(at / 1000));
  const message = 'This message attests that I control the given wallet';
  const signature = await account.signTypedData({
    domain: { name: 'ClobAuthDomain', version: '1', chainId: PAPER_CHAIN_ID },
    types: {
      ClobAuth: [
        { name: 'address', type: 'address' },
        { name: 'timestamp', type: 'string' },
        { name: 'nonce', type: 'uint256' },
        { name: 'message', type: 'string' },
      ],
    },
    primaryType: 'ClobAuth',
    message: { address: account.address, timestamp, nonce: 0n, message },
  });
  return {
    POLY_ADDRESS: account.address,
    POLY_SIGNATURE: signature,
    POLY_TIMESTAMP: timestamp,
    POLY_NONCE: '0',
  };
}

export function l2Headers(
  account: Credentials,
  method: string,
  path: string,
  body = '',
  at = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', Buffer.from(account.secret, 'base64'))
    .update(`${timestamp}${method}${path.split('?')[0]}${body}`)
    .digest('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  return {
    POLY_ADDRESS: account.address,
    POLY_API_KEY: account.apiKey,
    POLY_PASSPHRASE: account.passphrase,
    POLY_SIGNATURE: signature,
    POLY_TIMESTAMP: timestamp,
  };
}

export interface Answer {
  status: number;
  // Answers are looked at field by field; each test says what it expects.
  body: unknown;
  headers: Headers;
}

/** One authenticated CLOB request. */
export async function call(
  exchange: Exchange,
  account: Credentials,
  method: string,
  path: string,
  value?: unknown,
): Promise<Answer> {
  const body = value === undefined ? undefined : JSON.stringify(value);
  const response = await fetch(`${exchange.url}/clob${path}`, {
    method,
    headers: l2Headers(account, method, path, body),
    ...(body !== undefined && { body }),
  });
  return answerOf(response);
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, body, headers: response.headers };
}

export async function getJson(exchange: Exchange, path: string): Promise<Answer> {
  return answerOf(await fetch(`${exchange.url}${path}`));
}

export async function control(exchange: Exchange, method: string, path: string, value?: object) {
  const body = value && JSON.stringify(value);
  return answerOf(await fetch(`${exchange.url}/control${path}`, { method, ...(body && { body }) }));
}

let salt = 1;

/** The body of POST /order for an EOA, signed; `wrong` overrides what is sent, after signing. */
export function orderBody(
  account: Credentials,
  market: ExchangeMarket,
  fields: Partial<OrderFields> & { orderType?: string; expiration?: string; postOnly?: boolean },
  wrong: Record<string, unknown> = {},
) {
  const { orderType = 'FAK', expiration = '0', postOnly, ...rest } = fields;
  const order: OrderFields = {
    salt: salt++,
    maker: account.address,
    signer: account.address,
    tokenId: market.tokenIds[0],
    makerAmount: 5_000_000,
    takerAmount: 10_000_000,
    side: 'BUY',
    signatureType: 0,
    timestamp: Date.now(),
    metadata: `0x${'0'.repeat(64)}`,
    builder: `0x${'0'.repeat(64)}`,
    ...rest,
  };
  const hasher = createOrderHasher(
    {
      chainId: PAPER_CHAIN_ID,
      verifyingContract: market.negRisk
        ? EXCHANGE_CONTRACTS.negRiskExchange
        : EXCHANGE_CONTRACTS.standardExchange,
    },
    keccak,
  );
  const { orderHash } = hasher.hash(order);
  const { signature, recid } = secp256k1.ecdsaSign(
    Uint8Array.from(orderHash),
    Uint8Array.from(Buffer.from(account.key.slice(2), 'hex')),
  );
  const bytes = Buffer.concat([signature, Buffer.from([27 + recid])]);
  return {
    orderId: `0x${Buffer.from(orderHash).toString('hex')}`,
    body: {
      deferExec: false,
      order: {
        ...order,
        makerAmount: String(order.makerAmount),
        takerAmount: String(order.takerAmount),
        timestamp: String(order.timestamp),
        expiration,
        signature: `0x${bytes.toString('hex')}`,
        ...wrong,
      },
      orderType,
      owner: account.apiKey,
      ...(postOnly !== undefined && { postOnly }),
    },
  };
}

/** Amounts of a FAK or FOK BUY of `usdc` whole dollars that pays up to the best ask. */
export function buyAtAsk({ engine }: Exchange, market: ExchangeMarket, usdc: number) {
  const ask = engine.book(market.tokenIds[0])?.asks.at(-1)?.priceMicro ?? 0;
  const makerAmount = usdc * MICRO;
  const takerAmount = Math.floor((makerAmount * MICRO) / ask / 100) * 100;
  return { makerAmount, takerAmount };
}

/** A socket that keeps every frame. */
export async function openSocket(exchange: Exchange, path: string) {
  const socket = new WebSocket(exchange.url.replace('http', 'ws') + path);
  const texts: string[] = [];
  let closed: number | undefined;
  socket.on('message', (data) => texts.push(String(data)));
  socket.on('close', (code) => {
    closed = code;
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    socket,
    texts,
    closedCode: () => closed,
    send: (value: unknown) =>
      socket.send(typeof value === 'string' ? value : JSON.stringify(value)),
    /** All events so far, arrays of them taken apart. */
    events: (): Record<string, unknown>[] =>
      texts.filter((text) => /^[[{]/.test(text)).flatMap((text) => JSON.parse(text)),
    close: () => socket.terminate(),
  };
}
