import { createHash, randomUUID } from 'node:crypto';
import { deriveWallets } from '../../core/wallets.ts';
import { isAddress } from './accounts.ts';
import { keccak } from './crypto.ts';
import { header, isRecord, Refusal, type Route, recordBody, type WireRequest } from './http.ts';
import { runCalls } from './redeem-calls.ts';
import type { Wire } from './wire.ts';

/** The relayer: deploys smart wallets and runs their transactions, at once and for free. */

interface Transaction {
  transaction_id: string;
  transaction_hash: string;
  error_msg: string;
  submittedAtMs: number;
}

/** How long a transaction shows as under way. */
const CONFIRM_AFTER_MS = 1000;
/** Old ones are forgotten beyond this many. */
const MAX_TRANSACTIONS = 10_000;

export interface Relayer {
  routes: Route[];
  deploy(wallet: string): void;
}

export function createRelayer(wire: Wire): Relayer {
  const deployed = new Set<string>();
  const nonces = new Map<string, number>();
  const transactions = new Map<string, Transaction>();

  const record = (error: string): Transaction => {
    const id = randomUUID();
    const transaction = {
      transaction_id: id,
      transaction_hash: `0x${createHash('sha256').update(id).digest('hex')}`,
      error_msg: error,
      submittedAtMs: wire.clock.now(),
    };
    transactions.set(id, transaction);
    const oldest = transactions.keys().next().value;
    if (transactions.size > MAX_TRANSACTIONS && oldest !== undefined) transactions.delete(oldest);
    return transaction;
  };
  const stateOf = (transaction: Transaction): string => {
    if (transaction.error_msg !== '') return 'STATE_FAILED';
    const age = wire.clock.now() - transaction.submittedAtMs;
    return age < CONFIRM_AFTER_MS ? 'STATE_EXECUTED' : 'STATE_CONFIRMED';
  };
  const submit = (request: WireRequest) => {
    requireKey(request);
    const body = recordBody(request);
    const from = addressIn(body, 'from');
    const error = run(wire, { body, from, deployed, nonces });
    const { transaction_id, transaction_hash } = record(error);
    const state = 'STATE_NEW';
    return {
      body: { transactionID: transaction_id, transactionHash: transaction_hash, state },
    };
  };

  return {
    deploy: (wallet) => void deployed.add(wallet),
    routes: [
      {
        method: 'GET',
        path: '/relayer/deployed',
        handle({ query }) {
          const address = addressIn({ address: query.get('address') }, 'address');
          return { body: { deployed: deployed.has(address) } };
        },
      },
      { method: 'POST', path: '/relayer/submit', handle: submit },
      {
        method: 'GET',
        path: '/relayer/v1/account/transactions/params',
        handle({ query }) {
          const address = addressIn({ address: query.get('address') }, 'address');
          return { body: { address, nonce: String(nonces.get(address) ?? 0) } };
        },
      },
      {
        method: 'GET',
        path: '/relayer/v1/account/transactions/:id',
        handle({ params }) {
          const transaction = transactions.get(params['id'] ?? '');
          if (!transaction) throw new Refusal(404, 'transaction not found');
          const { submittedAtMs: _, ...shown } = transaction;
          return { body: { ...shown, state: stateOf(transaction) } };
        },
      },
    ],
  };
}

interface Submission {
  body: Record<string, unknown>;
  from: string;
  deployed: Set<string>;
  nonces: Map<string, number>;
}

/** Runs a transaction; the text is why it reverted, empty when it did not. */
function run(wire: Wire, { body, from, deployed, nonces }: Submission): string {
  const wallets = deriveWallets(from, keccak);
  switch (body['type']) {
    case 'WALLET-CREATE':
      deployed.add(wallets.deposit);
      return '';
    case 'SAFE-CREATE':
      deployed.add(wallets.safe);
      return '';
    case 'WALLET':
    case 'SAFE':
    case 'PROXY':
      break;
    default:
      throw new Refusal(400, `type: ${JSON.stringify(body['type'])} is not a transaction type`);
  }
  const nonce = nonces.get(from) ?? 0;
  if (body['nonce'] !== String(nonce)) {
    const text = `batch nonce ${String(body['nonce'])} does not match on-chain nonce ${nonce}`;
    throw new Refusal(400, text);
  }
  const wallet = walletIn(body);
  if (!Object.values(wallets).includes(wallet)) {
    throw new Refusal(400, `wallet ${wallet} does not belong to ${from}`);
  }
  nonces.set(from, nonce + 1);
  return runCalls(wire, wallet, callDataOf(body));
}

function walletIn(body: Record<string, unknown>): string {
  const params = body['depositWalletParams'];
  return isRecord(params) ? addressIn(params, 'depositWallet') : addressIn(body, 'proxyWallet');
}

function callDataOf(body: Record<string, unknown>): string[] {
  const params = body['depositWalletParams'];
  const calls = isRecord(params) ? params['calls'] : [body];
  if (!Array.isArray(calls) || calls.length === 0) throw new Refusal(400, 'calls: none given');
  return calls.map((call: unknown) => {
    const data = isRecord(call) ? call['data'] : undefined;
    if (typeof data !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(data)) {
      throw new Refusal(400, 'data: hex is expected');
    }
    return data.toLowerCase();
  });
}

function addressIn(record: Record<string, unknown>, key: string): string {
  const value = record[key];
  if (typeof value === 'string' && isAddress(value)) return value.toLowerCase();
  throw new Refusal(400, `${key}: ${JSON.stringify(value)} is not an address`);
}

function requireKey(request: WireRequest): void {
  const key = header(request, 'RELAYER_API_KEY') ?? header(request, 'POLY_BUILDER_API_KEY');
  if (key === undefined) throw new Refusal(401, 'unauthorized: a relayer key is needed');
}
