import { parseRawTransaction, type RawTransaction } from './raw-transaction.ts';
import { runCalls } from './redeem-calls.ts';
import type { Wire } from './wire.ts';

/** The paper chain: transactions that wallets send themselves run at once, and cost nothing. */
export interface Chain {
  /** Undefined when it is no valid transaction, else its hash. */
  send(raw: unknown): string | undefined;
  transaction(hash: string): object | null;
  receipt(hash: string): object | null;
  nonceOf(address: string): number;
  block(): object;
  height(): number;
}

/** Old ones are forgotten beyond this many. */
const MAX_TRANSACTIONS = 10_000;
const ZERO_HASH = `0x${'0'.repeat(64)}`;
const quantity = (value: number) => `0x${value.toString(16)}`;

export function createChain(wire: Wire): Chain {
  const nonces = new Map<string, number>();
  const mined = new Map<string, RawTransaction & { block: number; reverted: boolean }>();
  // Polygon's pace: a block every two seconds.
  const height = () => Math.floor(wire.clock.now() / 2000);
  const nonceOf = (address: string) => nonces.get(address.toLowerCase()) ?? 0;

  return {
    height,
    nonceOf,
    send(raw) {
      const transaction = parseRawTransaction(raw);
      if (!transaction || transaction.nonce !== nonceOf(transaction.from)) return undefined;
      nonces.set(transaction.from, transaction.nonce + 1);
      const reverted = runCalls(wire, transaction.from, [transaction.data]) !== '';
      mined.set(transaction.hash, { ...transaction, block: height(), reverted });
      const oldest = mined.keys().next().value;
      if (mined.size > MAX_TRANSACTIONS && oldest !== undefined) mined.delete(oldest);
      return transaction.hash;
    },
    transaction(hash) {
      const found = mined.get(hash);
      if (!found) return null;
      const { from, to, data, nonce, block } = found;
      return {
        ...{ hash, from, to, input: data, nonce: quantity(nonce), value: '0x0', type: '0x2' },
        ...{ blockHash: ZERO_HASH, blockNumber: quantity(block), transactionIndex: '0x0' },
      };
    },
    receipt(hash) {
      const found = mined.get(hash);
      if (!found) return null;
      return {
        transactionHash: hash,
        ...{ from: found.from, to: found.to, contractAddress: null, type: '0x2' },
        ...{ blockHash: ZERO_HASH, blockNumber: quantity(found.block), transactionIndex: '0x0' },
        ...{ gasUsed: '0x0', cumulativeGasUsed: '0x0', effectiveGasPrice: '0x0' },
        ...{ logs: [], logsBloom: `0x${'0'.repeat(512)}` },
        status: found.reverted ? '0x0' : '0x1',
      };
    },
    block: () => ({
      ...{ number: quantity(height()), hash: ZERO_HASH, parentHash: ZERO_HASH },
      timestamp: quantity(Math.floor(wire.clock.now() / 1000)),
      ...{ baseFeePerGas: '0x0', gasLimit: quantity(30_000_000), gasUsed: '0x0' },
      transactions: [],
    }),
  };
}
