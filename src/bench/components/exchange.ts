import secp256k1 from 'secp256k1';
import { InconclusiveError } from '../../errors.ts';
import { createEngine } from '../../exchange/create-engine.ts';
import type { NewOrder } from '../../exchange/engine.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import type { Component } from './component.ts';

const MAKER = `0x${'5e'.repeat(20)}`;
const OWNER = 'bench';

/** An order placed in the book and canceled, beside the check of its signature. */
export const benchExchange: Component = async (options) => {
  const engine = createEngine({ startMs: 1_790_000_000_000, scenario: 'calm', seed: options.seed });
  const market = engine.markets().find(({ tickMicro }) => tickMicro === 10_000);
  if (!market) throw new InconclusiveError('the exchange has no market to trade in');
  engine.openAccount(MAKER, 1e12);
  let n = 0;
  const order = (): NewOrder => {
    n += 1;
    return {
      orderId: `0x${n.toString(16).padStart(64, '0')}`,
      owner: OWNER,
      maker: MAKER,
      tokenId: market.tokenIds[0],
      side: 'BUY',
      makerAmountMicro: 100_000,
      takerAmountMicro: 10_000_000,
      orderType: 'GTC',
      postOnly: false,
      expiresAtMs: undefined,
    };
  };
  const subjects: Subject[] = [
    {
      name: 'order placed and canceled',
      run(times) {
        for (let i = 0; i < times; i += 1) {
          const one = order();
          const result = engine.submit(one);
          if (!result.ok) throw new InconclusiveError(`the exchange refused: ${result.message}`);
          engine.cancel(one.orderId, OWNER);
        }
      },
    },
    recovery(),
  ];
  const timings = await measureInTurns(subjects, { ...options, clock: 'cpu' });
  const comparing = {
    what: 'order placed and canceled',
    ours: 'order placed and canceled',
    peer: 'bare signature recovery',
    goal: null,
  };
  engine.close();
  return {
    rows: [compareTimings(timings, comparing, options)],
    goals: [],
    absent: [],
    notes: ['in memory, without HTTP'],
  };
};

function recovery(): Subject {
  const key = Buffer.alloc(32, 7);
  const digest = Buffer.alloc(32, 9);
  const { signature, recid } = secp256k1.ecdsaSign(digest, key);
  return {
    name: 'bare signature recovery',
    run(times) {
      for (let i = 0; i < times; i += 1) secp256k1.ecdsaRecover(signature, recid, digest, false);
    },
  };
}
