import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import {
  addressOfKey,
  answerOf,
  buyAtAsk,
  type Credentials,
  call,
  getJson,
  l1Headers,
  l2Headers,
  liquidMarket,
  login,
  newKey,
  orderBody,
  startPaper,
} from './harness.ts';

let exchange: Exchange;
let market: ExchangeMarket;
let account: Credentials;

beforeAll(async () => {
  exchange = await startPaper();
  market = await liquidMarket(exchange);
  account = await login(exchange);
});
afterAll(() => exchange.close());

type Fields = Parameters<typeof orderBody>[2];

async function refused(fields: Fields, wrong?: Record<string, unknown>) {
  const { body } = orderBody(account, market, fields, wrong);
  return call(exchange, account, 'POST', '/order', body);
}

describe('orders are refused in the venue’s words', () => {
  const other = addressOfKey(newKey());
  const gtc = { orderType: 'GTC' };
  const cases: [string, Fields, Record<string, unknown>, number, RegExp][] = [
    ['no salt', {}, { salt: undefined }, 400, /^Invalid order payload/],
    ['fractional salt', {}, { salt: 1.5 }, 400, /^Invalid order payload: salt/],
    ['amount as a number', {}, { makerAmount: 5_000_000 }, 400, /^Invalid order payload: makerAm/],
    ['a side in lower case', {}, { side: 'buy' }, 400, /^Invalid order payload: side/],
    ['an unknown signature type', {}, { signatureType: 4 }, 400, /^Invalid order payload/],
    ['an order of version 1', {}, { feeRateBps: '0' }, 400, /^order_version_mismatch$/],
    ['a changed amount', {}, { takerAmount: '9000000' }, 400, /^invalid signature$/],
    ['a signature of zeros', {}, { signature: `0x${'00'.repeat(65)}` }, 400, /^invalid signature$/],
    ['a short signature', {}, { signature: '0x00' }, 400, /^invalid signature$/],
    ['an unknown recovery id', {}, { signature: `0x${'11'.repeat(65)}` }, 400, /^invalid signatu/],
    ['another signer', { signer: other }, {}, 400, /^the order signer address has to be/],
    ['another maker', { maker: other }, {}, 400, /^maker address not allowed, please use the dep/],
    [
      'a foreign deposit wallet',
      { signatureType: 3, maker: other, signer: other },
      {},
      400,
      /^the order signer address has to be the address of the API KEY$/,
    ],
    ['an unknown token', { tokenId: '12345' }, {}, 400, /^the orderbook 12345 does not exist$/],
    ['a GTD that ends now', { orderType: 'GTD', expiration: '1' }, {}, 400, /^invalid expiration$/],
    ['a GTC that expires', { ...gtc, expiration: '9999999999' }, {}, 400, /^invalid expiration$/],
    ['a post-only FAK', { postOnly: true }, {}, 400, /^Invalid order payload|^invalid post-only/],
    [
      'a price off the grid',
      { ...gtc, makerAmount: 5_050_000, takerAmount: 10_000_000 },
      {},
      400,
      /is invalid\. Price \(0\.505\) breaks minimum tick size rule: 0\.01$/,
    ],
    [
      'a price of 1',
      { ...gtc, makerAmount: 10_000_000, takerAmount: 10_000_000 },
      {},
      400,
      /breaks minimum tick size rule/,
    ],
    [
      'a small resting order',
      { ...gtc, makerAmount: 20_000, takerAmount: 2_000_000 },
      {},
      400,
      /is invalid\. Size \(2\) lower than the minimum: 5$/,
    ],
    [
      'too many decimals in a FAK',
      { makerAmount: 5_001_000, takerAmount: 10_002_000 },
      {},
      400,
      /^invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals/,
    ],
    [
      'more than there is',
      { ...gtc, makerAmount: 2_000_000_000, takerAmount: 100_000_000_000 },
      {},
      400,
      /^not enough balance \/ allowance: the balance is not enough -> balance: 1000000000, ord/,
    ],
    [
      'shares that it has not',
      { ...gtc, side: 'SELL', makerAmount: 10_000_000, takerAmount: 9_900_000 },
      {},
      400,
      /^not enough balance \/ allowance: the balance is not enough -> balance: 0, order amount: 10/,
    ],
    [
      'a FAK without a match',
      { makerAmount: 1_000_000, takerAmount: 100_000_000 },
      {},
      400,
      /^no orders found to match with FAK order\. FAK orders are partially filled or killed/,
    ],
    [
      'a FOK without a match',
      { orderType: 'FOK', makerAmount: 1_000_000, takerAmount: 100_000_000 },
      {},
      400,
      /^order couldn't be fully filled\. FOK orders are fully filled or killed\.$/,
    ],
    [
      'a post-only order that crosses',
      { ...gtc, postOnly: true, makerAmount: 9_900_000, takerAmount: 10_000_000 },
      {},
      400,
      /^invalid post-only order: order crosses book$/,
    ],
  ];
  it.each(cases)('%s', async (_name, fields, wrong, status, message) => {
    const answer = await refused(fields, wrong);
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(message) } });
  });

  it('a marketable BUY below one dollar', async () => {
    const ask = exchange.engine.book(market.tokenIds[0])?.asks.at(-1)?.priceMicro ?? 0;
    const takerAmount = Math.floor((500_000 * 1_000_000) / ask / 100) * 100;
    const answer = await refused({ makerAmount: 500_000, takerAmount });
    expect(answer.body).toEqual({
      error: 'invalid amount for a marketable BUY order ($0.5), min size: $1',
    });
  });

  it('the owner of another key', async () => {
    const { body } = orderBody(account, market, {});
    const answer = await call(exchange, account, 'POST', '/order', {
      ...body,
      owner: '00000000-0000-4000-8000-000000000000',
    });
    expect(answer.body).toEqual({
      error: 'the order owner has to be the owner of the API KEY',
    });
  });

  it('the same bytes twice, also after a kill', async () => {
    const { body, orderId } = orderBody(account, market, buyAtAsk(exchange, market, 5));
    expect((await call(exchange, account, 'POST', '/order', body)).status).toBe(200);
    const again = await call(exchange, account, 'POST', '/order', body);
    expect(again.body).toEqual({ error: `order ${orderId} is invalid. Duplicated.` });
  });

  it('a batch answers each order for itself', async () => {
    const good = orderBody(account, market, buyAtAsk(exchange, market, 5)).body;
    const bad = orderBody(account, market, {}, { salt: 1.5 }).body;
    const answer = await call(exchange, account, 'POST', '/orders', [good, bad]);
    expect(answer).toMatchObject({
      status: 200,
      body: [
        { success: true, status: 'matched', errorMsg: '' },
        { success: true, orderID: '', errorMsg: expect.stringMatching(/^Invalid order payload/) },
      ],
    });
    for (const size of [0, 16]) {
      const batch = Array.from({ length: size }, () => good);
      expect((await call(exchange, account, 'POST', '/orders', batch)).status).toBe(400);
    }
  });
});

describe('authentication', () => {
  it('gives one key per nonce, and gives it up again', async () => {
    const key = newKey();
    const own = await login(exchange, key);
    const url = `${exchange.url}/clob/auth`;
    const second = await fetch(`${url}/api-key`, { method: 'POST', headers: await l1Headers(key) });
    expect(await answerOf(second)).toMatchObject({
      status: 400,
      body: { error: 'Could not create api key' },
    });
    expect((await call(exchange, own, 'DELETE', '/auth/api-key')).body).toBe('OK');
    expect((await call(exchange, own, 'GET', '/auth/api-keys')).status).toBe(401);
    const derived = await fetch(`${url}/derive-api-key`, { headers: await l1Headers(key) });
    expect(await answerOf(derived)).toMatchObject({
      status: 400,
      body: { error: 'Could not derive api key!' },
    });
    const next = await login(exchange, key);
    expect(next.apiKey).not.toBe(own.apiKey);
    expect((await call(exchange, next, 'GET', '/auth/api-keys')).body).toEqual({
      apiKeys: [next.apiKey],
    });
  });

  it.each([
    ['POLY_ADDRESS', addressOfKey(newKey())],
    ['POLY_SIGNATURE', `0x${'12'.repeat(65)}`],
    ['POLY_SIGNATURE', 'nonsense'],
    ['POLY_TIMESTAMP', '1'],
    ['POLY_NONCE', 'x'],
  ])('refuses L1 with a wrong %s', async (name, value) => {
    const headers = { ...(await l1Headers(newKey())), [name]: value };
    const answer = await fetch(`${exchange.url}/clob/auth/api-key`, { method: 'POST', headers });
    expect(await answerOf(answer)).toMatchObject({
      status: 401,
      body: { error: 'Invalid L1 Request headers' },
    });
  });

  it.each([
    ['POLY_ADDRESS', addressOfKey(newKey())],
    ['POLY_API_KEY', 'x'],
    ['POLY_PASSPHRASE', 'x'],
    ['POLY_SIGNATURE', 'x'],
    ['POLY_TIMESTAMP', '12'],
  ])('refuses L2 with a wrong %s', async (name, value) => {
    const headers = { ...l2Headers(account, 'GET', '/data/orders'), [name]: value };
    const answer = await answerOf(await fetch(`${exchange.url}/clob/data/orders`, { headers }));
    expect(answer).toMatchObject({
      status: 401,
      body: { error: 'Unauthorized/Invalid api key' },
    });
  });

  it('refuses a signature that is older than a minute, or over another body', async () => {
    const old = l2Headers(account, 'GET', '/data/orders', '', Date.now() - 120_000);
    expect((await fetch(`${exchange.url}/clob/data/orders`, { headers: old })).status).toBe(401);
    const headers = l2Headers(account, 'POST', '/order', '{}');
    const url = `${exchange.url}/clob/order`;
    expect((await fetch(url, { method: 'POST', headers, body: '{ }' })).status).toBe(401);
  });

  it('knows a key of its earlier life again', async () => {
    const later = await startPaper();
    try {
      expect((await call(later, account, 'GET', '/auth/api-keys')).body).toEqual({
        apiKeys: [account.apiKey],
      });
    } finally {
      await later.close();
    }
  });
});

describe('reads refuse what they cannot answer', () => {
  it.each([
    ['/clob/book?token_id=x', 400, 'Invalid token id'],
    ['/clob/book', 400, 'Invalid token id'],
    ['/clob/book?token_id=1', 404, 'No orderbook exists for the requested token id'],
    ['/clob/tick-size?token_id=1', 404, 'No orderbook exists for the requested token id'],
    ['/clob/clob-markets/0x1', 404, 'market not found'],
    ['/clob/markets-by-token/1', 404, 'market not found'],
    ['/clob/markets/%zz', 400, 'Invalid path: bad percent encoding'],
    ['/gamma/markets/0', 404, 'market not found'],
    ['/gamma/markets/slug/none', 404, 'market not found'],
    ['/gamma/markets/keyset?limit=x', 400, 'limit: "x" is not a whole number'],
    ['/data/activity', 400, 'user: "" is not an address'],
    ['/data/trades?user=0x12', 400, 'user: "0x12" is not an address'],
    ['/data/trades?limit=-1', 400, 'limit: "-1" is not a whole number'],
    ['/relayer/deployed?address=x', 400, 'address: "x" is not an address'],
    ['/relayer/v1/account/transactions/none', 404, 'transaction not found'],
    ['/nowhere', 404, 'no such path: /nowhere'],
    ['/clob/order', 405, 'GET is not for this path'],
  ])('%s', async (path, status, error) => {
    expect(await getJson(exchange, path)).toMatchObject({ status, body: { error } });
  });

  it('an order of somebody else, or of nobody', async () => {
    const { body, orderId } = orderBody(account, market, buyAtAsk(exchange, market, 5));
    await call(exchange, account, 'POST', '/order', body);
    const stranger = await login(exchange);
    const answer = await call(exchange, stranger, 'GET', `/data/order/${orderId}`);
    expect(answer).toMatchObject({ status: 404, body: { error: 'order not found' } });
    const cancel = await call(exchange, stranger, 'DELETE', '/order', { orderID: orderId });
    expect(cancel).toMatchObject({
      status: 200,
      body: { canceled: [], not_canceled: { [orderId]: expect.any(String) } },
    });
    expect(await call(exchange, stranger, 'DELETE', '/orders', 'x')).toMatchObject({ status: 400 });
    const many = Array.from({ length: 1001 }, (_, i) => String(i));
    expect(await call(exchange, stranger, 'DELETE', '/orders', many)).toMatchObject({
      status: 400,
    });
    expect(await call(exchange, stranger, 'DELETE', '/order', {})).toMatchObject({ status: 400 });
    const page = '/data/orders?next_cursor=eA==';
    expect(await call(exchange, stranger, 'GET', page)).toMatchObject({ status: 400 });
  });

  it('balances of a kind that does not exist', async () => {
    const path = '/balance-allowance?asset_type=';
    expect(await call(exchange, account, 'GET', `${path}GOLD`)).toMatchObject({ status: 400 });
    const type9 = `${path}COLLATERAL&signature_type=9`;
    expect(await call(exchange, account, 'GET', type9)).toMatchObject({ status: 400 });
    expect(await call(exchange, await login(exchange), 'GET', `${path}COLLATERAL`)).toMatchObject({
      status: 200,
      body: { balance: '1000000000' },
    });
    const update = '/balance-allowance/update?asset_type=COLLATERAL';
    expect(await call(exchange, account, 'GET', update)).toMatchObject({ status: 200 });
  });
});
