import { type Account, openAccount } from '../../src/exchange/accounts.ts';
import { expireDue, runDelayed } from '../../src/exchange/due.ts';
import type {
  EngineEvent,
  ExchangeMarket,
  NewOrder,
  SubmitResult,
} from '../../src/exchange/engine.ts';
import { audit } from '../../src/exchange/ledger.ts';
import { splitCash } from '../../src/exchange/markets.ts';
import { submitOrder } from '../../src/exchange/orders.ts';
import { settleDue } from '../../src/exchange/settlement.ts';
import { addMarket, createWorld, type MarketState, type World } from '../../src/exchange/world.ts';

export const START_MS = 1_800_000_000_000;
export const YES = '111';
export const NO = '222';
export const CONDITION = '0xc0';
export const usd = (amount: number) => Math.round(amount * 1e6);

/** A world with one market and no actors: what happens is what the test does. */
export interface Lab {
  world: World;
  state: MarketState;
  account(wallet: string): Account;
  /** A limit order by price and size; FAK and FOK with the decimals they need. */
  order(fields: Partial<NewOrder> & { price: number; size: number }): NewOrder;
  send(fields: Partial<NewOrder> & { price: number; size: number }): SubmitResult;
  stock(wallet: string, shares: number): void;
  wait(ms: number): void;
  events: EngineEvent[];
  problems(): string[];
}

export function createLab(overrides: Partial<ExchangeMarket> = {}): Lab {
  const world = createWorld(START_MS, 1, {});
  const state = addMarket(world, { ...MARKET, ...overrides });
  const events: EngineEvent[] = [];
  world.listening = true;
  world.events = events;
  for (const wallet of ['alice', 'bob', 'carol']) openAccount(world, wallet, usd(1_000), true);
  let count = 0;
  const lab: Lab = {
    world,
    state,
    events,
    account: (wallet) => openAccount(world, wallet, 0, true),
    order({ price, size, ...fields }) {
      const side = fields.side ?? 'BUY';
      const shares = usd(size);
      const cash = Math.round(price * shares);
      return {
        orderId: `order-${++count}`,
        owner: `key-${fields.maker ?? 'alice'}`,
        maker: 'alice',
        tokenId: YES,
        side,
        makerAmountMicro: side === 'BUY' ? cash : shares,
        takerAmountMicro: side === 'BUY' ? shares : cash,
        orderType: 'GTC',
        postOnly: false,
        expiresAtMs: undefined,
        ...fields,
      };
    },
    send: (fields) => submitOrder(world, lab.order(fields)),
    stock: (wallet, shares) => splitCash(world, wallet, state, usd(shares)),
    wait(ms) {
      world.nowMs += ms;
      settleDue(world);
      runDelayed(world);
      expireDue(world);
    },
    problems: () => audit(world).problems,
  };
  return lab;
}

const MARKET: ExchangeMarket = {
  id: '1',
  conditionId: CONDITION,
  tokenIds: [YES, NO],
  outcomes: ['Yes', 'No'],
  question: 'Will it rain?',
  slug: 'will-it-rain',
  eventId: '9',
  eventSlug: 'weather',
  eventTitle: 'Weather',
  category: 'weather',
  createdAtMs: START_MS,
  tickMicro: 10_000,
  minOrderSizeMicro: usd(5),
  negRisk: false,
  feeRate: 0,
  feeExponent: 1,
  secondsDelay: 0,
  endDateMs: START_MS + 3_600_000,
  acceptingOrders: true,
  closed: false,
  resolution: undefined,
  closedAtMs: undefined,
};
