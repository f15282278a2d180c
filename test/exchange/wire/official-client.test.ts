import {
  ActivityType,
  createSecureClient,
  OrderSide,
  OrderType,
  type RequestRejectedError,
  relayerApiKey,
} from '@polymarket/client';
import { fetchBalanceAllowance, isWalletDeployed } from '@polymarket/client/actions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveWallets } from '../../../src/core/wallets.ts';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import { keccak } from '../../../src/exchange/wire/crypto.ts';
import {
  addressOfKey,
  control,
  depositClient,
  environmentOf,
  eoaClient,
  liquidMarket,
  newKey,
  publicClient,
  signerOf,
  startPaper,
  waitFor,
} from './harness.ts';

/** The official client, unmodified, against the running exchange: every call the bot may make. */
let exchange: Exchange;
let market: ExchangeMarket;
let tokenId: string;

beforeAll(async () => {
  exchange = await startPaper();
  market = await liquidMarket(exchange);
  tokenId = market.tokenIds[0];
});
afterAll(() => exchange.close());

const bestAsk = () => exchange.engine.book(tokenId)?.asks.at(-1)?.priceMicro ?? 0;
const bestBid = () => exchange.engine.book(tokenId)?.bids.at(-1)?.priceMicro ?? 0;

/** The client keeps its enum of asset types to itself. */
const conditional: Parameters<typeof fetchBalanceAllowance>[1]['assetType'] =
  JSON.parse('"CONDITIONAL"');

/** A price at which a limit order rests: one tick above the lowest bid. */
const restingPrice = () => Math.max(0.01, Math.round(bestBid() / 10_000 - 5) / 100);

describe('environment', () => {
  it('names no address of the real venue', () => {
    expect(JSON.stringify(environmentOf(exchange))).not.toMatch(/polymarket\.com|drpc/);
  });
});

describe('public client', () => {
  it('reads books, prices and markets', async () => {
    const client = publicClient(exchange);
    const book = await client.fetchOrderBook({ tokenId });
    expect(book.bids.length).toBeGreaterThan(0);
    expect(Number(book.asks.at(-1)?.price)).toBeGreaterThan(Number(book.bids.at(-1)?.price));
    const books = await client.fetchOrderBooks([{ tokenId }]);
    expect(books).toHaveLength(1);
    const estimate = await client.estimateMarketPrice({
      tokenId,
      side: OrderSide.BUY,
      amount: 2,
      orderType: OrderType.FAK,
    });
    expect(estimate).toBeGreaterThan(0);
    expect(Number((await client.fetchMidpoint({ tokenId }))?.toString() ?? 0)).toBeGreaterThan(0);
    const found = await client.fetchMarket({ slug: market.slug });
    expect(found.outcomes.yes.tokenId).toBe(tokenId);
    const page = await client.listMarkets({ pageSize: 5 }).firstPage();
    expect(page.items.length).toBeGreaterThan(0);
  });

  it('lists trades, activity and positions of a leader', async () => {
    const client = publicClient(exchange);
    const row = await waitFor(
      () => exchange.engine.activityOf(undefined, { type: 'TRADE' })[0],
      25_000,
    );
    const trades = await client.listTrades({ user: row.wallet, takerOnly: false }).firstPage();
    expect(trades.items[0]?.wallet).toBe(row.wallet);
    const activity = await client
      .listActivity({ user: row.wallet, type: [ActivityType.TRADE] })
      .firstPage();
    expect(activity.items.length).toBeGreaterThan(0);
    await client.listPositions({ user: row.wallet }).firstPage();
    await client.listClosedPositions({ user: row.wallet }).firstPage();
    await client.fetchPortfolioValue({ user: row.wallet });
  });
});

describe('sign-in', () => {
  it('creates a key, then derives the same one', async () => {
    const key = newKey();
    const first = await eoaClient(exchange, key);
    const second = await eoaClient(exchange, key);
    expect(second.credentials).toEqual(first.credentials);
  });

  it('takes stored credentials', async () => {
    const key = newKey();
    const { credentials } = await eoaClient(exchange, key);
    const client = await createSecureClient({
      environment: environmentOf(exchange),
      signer: signerOf(exchange, key),
      wallet: addressOfKey(key),
      credentials,
    });
    expect(client.credentials).toEqual(credentials);
    expect(await client.fetchClosedOnlyMode()).toBe(false);
  });

  it('finds the deposit wallet when none is given', async () => {
    const key = newKey();
    const client = await depositClient(exchange, key);
    expect(client.account.wallet.toLowerCase()).toBe(
      deriveWallets(addressOfKey(key), keccak).deposit,
    );
  });

  it.each(['safe', 'proxy'] as const)('accepts the derived %s', async (kind) => {
    const key = newKey();
    const wallet = deriveWallets(addressOfKey(key), keccak)[kind];
    const client = await createSecureClient({
      environment: environmentOf(exchange),
      signer: signerOf(exchange, key),
      wallet,
    });
    const order = await client.placeMarketOrder({ tokenId, side: OrderSide.BUY, amount: 5 });
    expect(order.ok).toBe(true);
  });

  it('deploys a deposit wallet with a relayer key, and only with one', async () => {
    const strict = await startPaper({ deployWallets: false });
    try {
      const key = newKey();
      await expect(depositClient(strict, key)).rejects.toThrow(/Relayer API Key/);
      const client = await createSecureClient({
        environment: environmentOf(strict),
        signer: signerOf(strict, key),
        apiKey: relayerApiKey({ key: 'paper', address: addressOfKey(key) }),
      });
      expect(await isWalletDeployed(client)).toBe(true);
    } finally {
      await strict.close();
    }
  });
});

describe.each([
  ['EOA', () => eoaClient(exchange)],
  ['deposit wallet', () => depositClient(exchange)],
] as const)('trading as %s', (_name, open) => {
  it('fills a market order and waits for its settlement', async () => {
    const client = await open();
    const order = await client.placeMarketOrder({
      tokenId,
      side: OrderSide.BUY,
      amount: 5,
      maxPrice: Math.min(99, bestAsk() / 10_000 + 5) / 100,
    });
    if (!order.ok) throw new Error(order.message);
    expect(order.status).toBe('matched');
    expect(order.tradeIds.length).toBeGreaterThan(0);
    const hashes = await client.waitForOrderFillSettlement(order, { timeoutMs: 10_000 });
    expect(hashes[0]).toMatch(/^0x[0-9a-f]{64}$/);
    const trades = await client.listAccountTrades({ tokenId }).firstPage();
    expect(trades.items.some((trade) => trade.id === order.tradeIds[0])).toBe(true);
    const found = await client.fetchOrder({ orderId: order.orderId });
    expect(Number(found.sizeMatched)).toBeGreaterThan(0);
    const balance = await fetchBalanceAllowance(client, { assetType: conditional, tokenId });
    expect(Number(balance.balance)).toBeGreaterThan(0);
  });

  it('buys within maxSpend, and sells what it has', async () => {
    const client = await open();
    const bought = await client.placeMarketOrder({
      tokenId,
      side: OrderSide.BUY,
      amount: 20,
      maxSpend: 20,
    });
    if (!bought.ok) throw new Error(bought.message);
    await client.waitForOrderFillSettlement(bought, { timeoutMs: 10_000 });
    const sold = await client.placeMarketOrder({ tokenId, side: OrderSide.SELL, shares: 5 });
    expect(sold.ok).toBe(true);
  });

  it('rests, lists and cancels limit orders', async () => {
    const client = await open();
    const limit = { tokenId, side: OrderSide.BUY, price: restingPrice(), size: 10 };
    const first = await client.placeLimitOrder(limit);
    const second = await client.placeLimitOrder({ ...limit, postOnly: true });
    const signed = await client.createLimitOrder(limit);
    const [third] = await client.postOrders([signed]);
    if (!first.ok || !second.ok || !third?.ok) throw new Error('an order was refused');
    expect(first.status).toBe('live');
    const open1 = await client.listOpenOrders().firstPage();
    expect(open1.items.map((order) => order.id).sort()).toEqual(
      [first.orderId, second.orderId, third.orderId].sort(),
    );
    expect((await client.cancelOrder({ orderId: first.orderId })).canceled).toEqual([
      first.orderId,
    ]);
    const inMarket = await client.cancelMarketOrders({ market: market.conditionId });
    expect(inMarket.canceled).toHaveLength(2);
    const fourth = await client.placeLimitOrder(limit);
    if (!fourth.ok) throw new Error(fourth.message);
    expect((await client.cancelAll()).canceled).toEqual([fourth.orderId]);
    expect((await client.listOpenOrders().firstPage()).items).toEqual([]);
    expect((await client.cancelOrder({ orderId: fourth.orderId })).canceled).toEqual([]);
  });
});

describe('other kinds of order', () => {
  it('checks orders of a neg-risk market against its own exchange contract', async () => {
    const negRisk = await waitFor(() =>
      exchange.engine
        .markets()
        .find(
          (one) => one.negRisk && !one.closed && exchange.engine.book(one.tokenIds[0])?.asks[0],
        ),
    );
    // A limit order: the client rounds market orders on fine ticks as the venue refuses them.
    const order = { tokenId: negRisk.tokenIds[0], side: OrderSide.BUY, price: 0.01, size: 10 };
    for (const client of [await eoaClient(exchange), await depositClient(exchange)]) {
      expect(await client.placeLimitOrder(order)).toMatchObject({ ok: true, status: 'live' });
    }
  });

  it('understands a delayed order, which cannot be canceled, and matches later', async () => {
    await control(exchange, 'POST', '/faults', { kind: 'delayed', ms: 1000 });
    const client = await eoaClient(exchange);
    const placed = await client.placeMarketOrder({
      tokenId,
      side: OrderSide.BUY,
      amount: 5,
    });
    if (!placed.ok) throw new Error(placed.message);
    expect(placed.status).toBe('delayed');
    const cancel = await client.cancelOrder({ orderId: placed.orderId });
    expect(cancel.canceled).toEqual([]);
    await waitFor(() => exchange.engine.order(placed.orderId)?.status !== 'DELAYED', 25_000);
    const order = await client.fetchOrder({ orderId: placed.orderId });
    expect(['MATCHED', 'CANCELED']).toContain(order.status);
  });
});

describe('approvals and redemption', () => {
  it('finds everything approved', async () => {
    const client = await eoaClient(exchange);
    await client.setupTradingApprovals();
  });

  it.each(['EOA', 'deposit wallet'] as const)('redeems a resolved market as %s', async (kind) => {
    const own = await startPaper();
    try {
      const chosen = await liquidMarket(own);
      const key = newKey();
      const client = await createSecureClient({
        environment: environmentOf(own),
        signer: signerOf(own, key),
        ...(kind === 'EOA' && { wallet: addressOfKey(key) }),
        apiKey: relayerApiKey({ key: 'paper', address: addressOfKey(key) }),
      });
      const order = await client.placeMarketOrder({
        tokenId: chosen.tokenIds[0],
        side: OrderSide.BUY,
        amount: 10,
      });
      if (!order.ok) throw new Error(order.message);
      await client.waitForOrderFillSettlement(order, { timeoutMs: 10_000 });
      const wallet = client.account.wallet.toLowerCase();
      const before = own.engine.cashOf(wallet).freeMicro;
      await expect(client.redeemPositions({ conditionId: chosen.conditionId })).rejects.toThrow(
        /No market found/,
      );
      expect(own.engine.resolve(chosen.conditionId, 0)).toBe(true);
      const handle = await client.redeemPositions({ conditionId: chosen.conditionId });
      expect((await handle.wait()).transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
      const gained = own.engine.cashOf(wallet).freeMicro - before;
      expect(gained).toBeGreaterThan(10_000_000);
      expect(own.engine.audit().problems).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it('merges pairs of shares back into cash', async () => {
    const key = newKey();
    const client = await createSecureClient({
      environment: environmentOf(exchange),
      signer: signerOf(exchange, key),
      apiKey: relayerApiKey({ key: 'paper', address: addressOfKey(key) }),
    });
    const request = { conditionId: market.conditionId, amount: 'max' } as const;
    await expect(client.mergePositions(request)).rejects.toThrow(/no complementary positions/);
    for (const token of market.tokenIds) {
      const order = await client.placeMarketOrder({
        tokenId: token,
        side: OrderSide.BUY,
        amount: 5,
      });
      if (!order.ok) throw new Error(order.message);
      await client.waitForOrderFillSettlement(order, { timeoutMs: 10_000 });
    }
    const wallet = client.account.wallet.toLowerCase();
    const shares = market.tokenIds.map(
      (token) => exchange.engine.sharesOf(wallet, token).freeMicro,
    );
    const pairs = Math.min(...shares);
    expect(pairs).toBeGreaterThan(0);
    const before = exchange.engine.cashOf(wallet).freeMicro;
    const handle = await client.mergePositions(request);
    expect((await handle.wait()).transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(exchange.engine.cashOf(wallet).freeMicro - before).toBe(pairs);
    const ledger = exchange.engine.ledger(wallet);
    expect(ledger.flowsMicro).toBe(ledger.cashMicro);
    expect(exchange.engine.audit().problems).toEqual([]);
    expect(exchange.engine.merge(wallet, market.conditionId, pairs)).toBe(false);
  });
});

describe('subscriptions', () => {
  it('hears the market: snapshot, changes, trades', async () => {
    const client = await eoaClient(exchange);
    const seen = new Set<string>();
    const handle = await client.subscribe([
      { topic: 'market', tokenIds: [tokenId], customFeatureEnabled: true },
    ]);
    const reading = (async () => {
      for await (const event of handle) seen.add(event.type);
    })();
    await waitFor(() => seen.has('book'));
    await client.placeMarketOrder({ tokenId, side: OrderSide.BUY, amount: 5 });
    await waitFor(() => seen.has('last_trade_price') && seen.has('price_change'));
    await waitFor(() => seen.has('best_bid_ask'));
    await handle.close();
    await reading;
  });

  it('hears its own orders and trades up to CONFIRMED', async () => {
    const client = await eoaClient(exchange);
    const seen = new Set<string>();
    const handle = await client.subscribe([{ topic: 'user' }]);
    const reading = (async () => {
      for await (const event of handle) {
        if (event.topic !== 'user') continue;
        seen.add(
          event.type === 'order'
            ? `order ${event.payload.orderEventType}`
            : `trade ${event.payload.status}`,
        );
      }
    })();
    const limit = { tokenId, side: OrderSide.BUY, price: restingPrice(), size: 10 };
    const resting = await client.placeLimitOrder(limit);
    if (!resting.ok) throw new Error(resting.message);
    await client.cancelOrder({ orderId: resting.orderId });
    await client.placeMarketOrder({ tokenId, side: OrderSide.BUY, amount: 5 });
    for (const wanted of [
      'order PLACEMENT',
      'order CANCELLATION',
      'trade TRADE_STATUS_MATCHED',
      'trade TRADE_STATUS_MINED',
      'trade TRADE_STATUS_CONFIRMED',
    ]) {
      await waitFor(() => seen.has(wanted));
    }
    await handle.close();
    await reading;
  });
});

describe('refusals reach the caller as the venue words them', () => {
  it('answers the same bytes with Duplicated', async () => {
    const client = await depositClient(exchange);
    const signed = await client.createLimitOrder({
      tokenId,
      side: OrderSide.BUY,
      price: restingPrice(),
      size: 10,
    });
    expect((await client.postOrder(signed)).ok).toBe(true);
    await expect(client.postOrder(signed)).rejects.toThrow(/Duplicated/);
  });

  it('kills a FOK that cannot be filled', async () => {
    const client = await eoaClient(exchange);
    const signed = await client.createMarketOrder({
      tokenId,
      side: OrderSide.BUY,
      amount: 900,
      maxPrice: 0.02,
      orderType: OrderType.FOK,
    });
    const error = await client.postOrder(signed).catch((e: RequestRejectedError) => e);
    expect(error).toMatchObject({ status: 400 });
  });
});
