import { encodeFunctionData, type Hex, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveWallets } from '../../../src/core/wallets.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import { keccak, PAPER_CHAIN_ID } from '../../../src/exchange/wire/crypto.ts';
import { parseRawTransaction } from '../../../src/exchange/wire/raw-transaction.ts';
import { addressOfKey, answerOf, getJson, newKey, startPaper } from './harness.ts';

/** The relayer and the node: what the official client does not reach by itself. */
let exchange: Exchange;
const key = newKey();
const from = addressOfKey(key);
const wallets = deriveWallets(from, keccak);
const abi = parseAbi([
  'function redeemPositions(address, bytes32, bytes32, uint256[])',
  'function approve(address, uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function balanceOf(address, uint256) view returns (uint256)',
  'function balanceOfBatch(address[], uint256[]) view returns (uint256[])',
  'function decimals() view returns (uint8)',
  'function beacon() view returns (address)',
]);
const approve = encodeFunctionData({ abi, functionName: 'approve', args: [from, 1n] });
const redeem = (condition: Hex) => {
  const zero: Hex = `0x${'0'.repeat(64)}`;
  const args = [from, zero, condition, [1n, 2n]] as const;
  return encodeFunctionData({ abi, functionName: 'redeemPositions', args });
};

beforeAll(async () => {
  exchange = await startPaper({ deployWallets: false });
});
afterAll(() => exchange.close());

describe('relayer', () => {
  const submit = async (
    value: object,
    headers: Record<string, string> = { RELAYER_API_KEY: 'x' },
  ) =>
    answerOf(
      await fetch(`${exchange.url}/relayer/submit`, {
        method: 'POST',
        headers,
        body: JSON.stringify(value),
      }),
    );
  const nonce = async () => {
    const path = `/relayer/v1/account/transactions/params?address=${from}&type=SAFE`;
    return ((await getJson(exchange, path)).body as { nonce: string }).nonce;
  };
  const stateOf = async ({ body }: { body: unknown }) => {
    const { transactionID } = body as { transactionID: string };
    return (await getJson(exchange, `/relayer/v1/account/transactions/${transactionID}`)).body;
  };
  const safe = { type: 'SAFE', from, proxyWallet: wallets.safe, data: approve };

  it('deploys what is asked for, address by address', async () => {
    const deployed = async (address: string) =>
      (await getJson(exchange, `/relayer/deployed?address=${address}`)).body;
    expect(await deployed(wallets.safe)).toEqual({ deployed: false });
    expect((await submit({ type: 'SAFE-CREATE', from })).body).toMatchObject({
      state: 'STATE_NEW',
      transactionHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    });
    expect(await deployed(wallets.safe)).toEqual({ deployed: true });
    expect(await deployed(wallets.deposit)).toEqual({ deployed: false });
  });

  it('runs approvals, counts nonces, and shows how a transaction went', async () => {
    const before = Number(await nonce());
    const sent = await submit({ ...safe, nonce: String(before) });
    expect(await stateOf(sent)).toMatchObject({ state: 'STATE_EXECUTED', error_msg: '' });
    expect(Number(await nonce())).toBe(before + 1);
    const early = await submit({
      ...safe,
      data: redeem(`0x${'1'.repeat(64)}`),
      nonce: await nonce(),
    });
    expect(await stateOf(early)).toMatchObject({
      state: 'STATE_FAILED',
      error_msg: expect.stringMatching(/condition 0x1+ is not resolved$/),
    });
  });

  it.each([
    ['no key', {}, 401, /unauthorized/, {}],
    ['no sender', { from: undefined }, 400, /^from: undefined is not an address$/],
    ['a strange type', { type: 'TELEPORT' }, 400, /"TELEPORT" is not a transaction type/],
    ['a wrong nonce', { nonce: '77' }, 400, /^batch nonce 77 does not match on-chain nonce \d+$/],
    ['a foreign wallet', { proxyWallet: `0x${'9'.repeat(40)}` }, 400, /does not belong to/],
    ['data that is no hex', { data: 'zz' }, 400, /^data: hex is expected$/],
    [
      'an empty batch',
      { depositWalletParams: { depositWallet: wallets.deposit, calls: [] } },
      400,
      /^calls: none given$/,
    ],
  ] as const)('refuses %s', async (_name, change, status, error, headers?: object) => {
    const value = { ...safe, nonce: await nonce(), ...change };
    const answer = headers ? await submit(value, {}) : await submit(value);
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
  });
});

describe('node', () => {
  const rpc = async (value: unknown) =>
    answerOf(await fetch(`${exchange.url}/rpc`, { method: 'POST', body: JSON.stringify(value) }));
  const ask = async (method: string, params: unknown[] = []) =>
    (await rpc({ jsonrpc: '2.0', id: 7, method, params })).body as {
      id: unknown;
      result?: unknown;
      error?: { code: number; message: string };
    };
  const view = (data: Hex) => ask('eth_call', [{ to: from, data }, 'latest']);
  const uint = (value: number) => `0x${value.toString(16).padStart(64, '0')}`;

  it('answers what wallets ask', async () => {
    expect((await ask('eth_chainId')).result).toBe('0x7a69');
    expect((await ask('net_version')).result).toBe('31337');
    expect(Number((await ask('eth_blockNumber')).result)).toBeGreaterThan(0);
    expect((await ask('eth_gasPrice')).result).toBe('0x0');
    expect((await ask('eth_getTransactionByHash', ['0x1'])).result).toBeNull();
    expect((await ask('eth_getTransactionReceipt', ['0x1'])).result).toBeNull();
  });

  it('shows balances', async () => {
    const [token] = exchange.engine.markets()[0]?.tokenIds ?? [];
    const call = (data: Hex) => view(data).then(({ result }) => result);
    const of = (args: readonly [Hex]) =>
      encodeFunctionData({ abi, functionName: 'balanceOf', args });
    exchange.engine.openAccount(from.toLowerCase(), 5_000_000);
    expect(await call(of([from]))).toBe(uint(5_000_000));
    const one = encodeFunctionData({
      abi,
      functionName: 'balanceOf',
      args: [from, BigInt(token ?? 0)],
    });
    expect(await call(one)).toBe(uint(0));
    expect(await call(encodeFunctionData({ abi, functionName: 'decimals' }))).toBe(uint(6));
    expect(await call(encodeFunctionData({ abi, functionName: 'beacon' }))).toMatch(/7a18edfe0554/);
  });

  it.each([
    ['an unknown method', ['eth_mine'], -32601],
    ['an unknown function', ['eth_call', [{ data: '0x12345678' }]], 3],
    ['data that is no hex', ['eth_call', [{ data: 'zz' }]], -32602],
    ['no call at all', ['eth_call', []], -32602],
    ['a missing argument', ['eth_call', [{ data: '0x70a08231' }]], -32602],
    ['a broken array', ['eth_call', [{ data: `0x4e1273f4${'f'.repeat(128)}` }]], -32602],
    ['nonsense as a transaction', ['eth_sendRawTransaction', ['0x02c0']], -32000],
  ] as const)('refuses %s', async (_name, [method, params], code) => {
    expect(await ask(method, [...(params ?? [])])).toMatchObject({ id: 7, error: { code } });
  });

  it('bounds batches, and answers each call for itself', async () => {
    expect((await rpc([])).status).toBe(400);
    expect((await rpc(Array.from({ length: 201 }, () => 1))).status).toBe(400);
    expect((await rpc([5, { id: 'a', method: 'eth_gasPrice' }])).body).toEqual([
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'invalid request' } },
      { jsonrpc: '2.0', id: 'a', result: '0x0' },
    ]);
  });

  it('takes transactions of its own chain in order, and shows a revert', async () => {
    const account = privateKeyToAccount(key);
    const sign = (nonce: number, chainId = PAPER_CHAIN_ID) =>
      account.signTransaction({
        chainId,
        nonce,
        to: from,
        data: redeem(`0x${'2'.repeat(64)}`),
        gas: 1n,
        maxFeePerGas: 1n,
        maxPriorityFeePerGas: 1n,
        type: 'eip1559',
      });
    const raw = await sign(0);
    expect(parseRawTransaction(raw)).toMatchObject({ from: from.toLowerCase(), nonce: 0 });
    const { result } = await ask('eth_sendRawTransaction', [raw]);
    expect((await ask('eth_getTransactionReceipt', [result])).result).toMatchObject({
      status: '0x0',
      from: from.toLowerCase(),
    });
    expect((await ask('eth_getTransactionByHash', [result])).result).toMatchObject({
      nonce: '0x0',
    });
    expect((await ask('eth_getTransactionCount', [from])).result).toBe('0x1');
    expect((await ask('eth_sendRawTransaction', [raw])).error?.code).toBe(-32000);
    expect(parseRawTransaction(await sign(1, 137))).toBeUndefined();
  });

  it('understands no transaction that was cut or changed', async () => {
    const raw = await privateKeyToAccount(key).signTransaction({
      ...{ chainId: PAPER_CHAIN_ID, nonce: 3, to: from, data: approve, gas: 21_000n },
      ...{ maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, type: 'eip1559' },
    });
    expect(parseRawTransaction(raw)?.nonce).toBe(3);
    for (let end = 2; end < raw.length; end += 2) {
      expect(parseRawTransaction(raw.slice(0, end))).toBeUndefined();
    }
    for (let at = 2; at < raw.length; at += 2) {
      const byte = Number.parseInt(raw.slice(at, at + 2), 16) ^ 0x41;
      const text = byte.toString(16).padStart(2, '0');
      const changed = parseRawTransaction(raw.slice(0, at) + text + raw.slice(at + 2));
      expect(changed?.from).not.toBe(from.toLowerCase());
    }
    expect(parseRawTransaction(5)).toBeUndefined();
  });
});
