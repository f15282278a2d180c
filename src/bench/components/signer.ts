import { join } from 'node:path';
import secp256k1 from 'secp256k1';
import { EXCHANGE_CONTRACTS } from '../../core/wallets.ts';
import { environmentOf } from '../../venue/endpoints.ts';
import { keccak256 } from '../../venue/keccak.ts';
import { createSigningKey } from '../../venue/key.ts';
import { createOrderBuilder } from '../../venue/order-builder.ts';
import { call, callJson } from '../http.ts';
import { loadPeer } from '../peers.ts';
import { freePorts, startProgram } from '../program.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import { draftOf } from '../samples.ts';
import type { Component } from './component.ts';

/** Worth nothing anywhere: a key of this benchmark. */
const KEY = `0x${'4c'.repeat(32)}` as const;
const PAPER_CHAIN = 31_337;

/** An order built and signed, beside the official client and a bare native signature. */
export const benchSigner: Component = async (options) => {
  const absent: string[] = [];
  // The official client asks the venue before it signs; the exchange's own time must not count.
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const exchange = await startProgram({
    name: 'exchange',
    command: options.self.command,
    args: [...options.self.args, 'exchange', '--memory', '--port', String(port)],
    env: { ...process.env, DATA_DIR: options.dataDir },
    logPath: join(options.dataDir, 'logs', 'exchange.log'),
    isReady: async () => (await call({ url: `${url}/control/leaders` })).status === 200,
  });
  try {
    const official = await officialClient(port).catch((error) => {
      absent.push(`official client: ${String(error)}`);
      return undefined;
    });
    const orders = await orderClient().catch((error) => {
      absent.push(`${ORDER_CLIENT}: ${String(error)}`);
      return undefined;
    });
    const peers = [official, orders].filter((peer) => peer !== undefined);
    const subjects = [ours(), bare(), ...peers];
    const timings = await measureInTurns(subjects, { ...options, clock: 'cpu' });
    const what = 'order built and signed';
    const row = (peer: string, goal: number | null) =>
      compareTimings(timings, { what, ours: 'ours', peer, goal }, options);
    const rows = [row('bare secp256k1 and two hashes', 1.5)];
    for (const peer of peers) rows.push(row(peer.name, null));
    const notes = [
      'time of this thread; the official client’s requests for each order are in its',
      `${ORDER_CLIENT}: its order builder alone, without any request`,
    ];
    return { rows, goals: [], absent, notes };
  } finally {
    await exchange.stop();
  }
};

function ours(): Subject {
  const key = createSigningKey(KEY);
  const build = createOrderBuilder({
    chainId: PAPER_CHAIN,
    contracts: EXCHANGE_CONTRACTS,
    key,
    funder: key.address,
    signer: key.address,
    signatureType: 0,
    owner: '3f7a0e3e-0000-4000-8000-000000000001',
  });
  return {
    name: 'ours',
    run(times) {
      for (let i = 0; i < times; i += 1) build(draftOf(i), 1_790_000_000_000 + i);
    },
  };
}

/** The least that a signed order costs: the hash of its fields, that of its domain, a signature. */
function bare(): Subject {
  const key = Buffer.from(KEY.slice(2), 'hex');
  const fields = Buffer.alloc(13 * 32, 7);
  return {
    name: 'bare secp256k1 and two hashes',
    run(times) {
      for (let i = 0; i < times; i += 1) {
        fields.writeUInt32BE(i, 0);
        const words = Buffer.concat([
          Buffer.from('1901', 'hex'),
          keccak256(fields),
          keccak256(key),
        ]);
        secp256k1.ecdsaSign(words.length > 0 ? keccak256(words) : words, key);
      }
    },
  };
}

const ORDER_CLIENT = '@polymarket/clob-client-v2';

interface OrderClient {
  orderBuilder: {
    buildMarketOrder(order: object, options: object, version: number): Promise<unknown>;
  };
}

/** The venue's own order client: builds and signs with what it was told of the market. */
async function orderClient(): Promise<Subject> {
  const [main, viem, accounts] = [
    await loadPeer(ORDER_CLIENT),
    await loadPeer('viem'),
    await loadPeer('viem/accounts'),
  ];
  if (!main || !viem || !accounts) throw new Error('not installed');
  const { ClobClient } = main as unknown as { ClobClient: new (options: object) => OrderClient };
  const { createWalletClient, http } = viem as unknown as {
    createWalletClient(options: object): object;
    http(url: string): unknown;
  };
  const { privateKeyToAccount } = accounts as unknown as {
    privateKeyToAccount(key: string): object;
  };
  // Signing asks nobody: nothing listens there.
  const host = 'http://127.0.0.1:9';
  const signer = createWalletClient({ account: privateKeyToAccount(KEY), transport: http(host) });
  const { orderBuilder } = new ClobClient({ host, chain: 137, signer });
  const build = (n: number) => {
    const order = { tokenID: draftOf(n).tokenId, side: 'BUY', amount: 5, price: 0.5 };
    const market = { tickSize: '0.01', negRisk: false };
    return orderBuilder.buildMarketOrder({ ...order, orderType: 'FAK' }, market, 2);
  };
  await build(0);
  return {
    name: ORDER_CLIENT,
    async run(times) {
      for (let i = 0; i < times; i += 1) await build(i);
    },
  };
}

interface State {
  markets: { tokenIds: string[] }[];
}

interface OfficialClient {
  createMarketOrder(order: object): Promise<unknown>;
}

async function officialClient(port: number): Promise<Subject | undefined> {
  const [main, viem] = [
    await loadPeer('@polymarket/client'),
    await loadPeer('@polymarket/client/viem'),
  ];
  const create = main?.['createSecureClient'];
  const privateKey = viem?.['privateKey'];
  if (typeof create !== 'function' || typeof privateKey !== 'function') {
    throw new Error('not installed');
  }
  const http = `http://127.0.0.1:${port}`;
  const ws = `ws://127.0.0.1:${port}`;
  const environment = environmentOf({
    chainId: PAPER_CHAIN,
    clob: `${http}/clob`,
    data: `${http}/data`,
    gamma: `${http}/gamma`,
    relayer: `${http}/relayer`,
    rpc: `${http}/rpc`,
    marketSocket: `${ws}/ws/market`,
    userSocket: `${ws}/ws/user`,
    rtds: `${ws}/rtds`,
  });
  const signer = privateKey(KEY);
  const wallet = createSigningKey(KEY).address;
  const client: OfficialClient = await create({ environment, signer, wallet });
  const { markets } = (await callJson({ url: `${http}/control/state` })) as State;
  const tokenId = markets[0]?.tokenIds[0] ?? '';
  const order = { tokenId, side: 'BUY', amount: '5.00', maxPrice: '0.50', orderType: 'FAK' };
  await client.createMarketOrder(order);
  return {
    name: 'official client',
    async run(times) {
      for (let i = 0; i < times; i += 1) await client.createMarketOrder(order);
    },
  };
}
