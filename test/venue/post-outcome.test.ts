import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { outcomeOfReply } from '../../src/venue/post-outcome.ts';

const ID = `0x${'ab'.repeat(32)}`;
const reply = (status: number, body: unknown, retryAfterMs?: number) => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  retryAfterMs,
});
const ok = {
  success: true,
  errorMsg: '',
  orderID: ID,
  status: 'matched',
  makingAmount: '11',
  takingAmount: '19.642857',
  tradeIDs: ['t1', 't2'],
};

describe('an accepted order', () => {
  test('a buy gave cash and got shares', () => {
    expect(outcomeOfReply(reply(200, ok), ID, 'BUY')).toEqual({
      kind: 'accepted',
      status: 'matched',
      filledSharesMicro: 19_642_857,
      filledUsdcMicro: 11_000_000,
      tradeIds: ['t1', 't2'],
    });
  });

  test('a sell gave shares and got cash', () => {
    expect(outcomeOfReply(reply(200, ok), ID, 'SELL')).toMatchObject({
      filledSharesMicro: 11_000_000,
      filledUsdcMicro: 19_642_857,
    });
  });

  test.each(['live', 'delayed', 'LIVE'])(
    'status %s with empty amounts has no fill yet',
    (status) => {
      const body = { ...ok, status, makingAmount: '', takingAmount: '', tradeIDs: undefined };
      expect(outcomeOfReply(reply(200, body), ID, 'BUY')).toEqual({
        kind: 'accepted',
        status: status.toLowerCase(),
        filledSharesMicro: 0,
        filledUsdcMicro: 0,
        tradeIds: [],
      });
    },
  );

  test('a null error text is none', () => {
    expect(outcomeOfReply(reply(200, { ...ok, errorMsg: null }), ID, 'BUY').kind).toBe('accepted');
  });
});

const texts: [string, string][] = [
  [
    'no orders found to match with FAK order. FAK orders are partially filled or killed' +
      ' if no match is found.',
    'fak_no_match',
  ],
  ["order couldn't be fully filled. FOK orders are fully filled or killed.", 'fok_not_filled'],
  [`order ${ID} is invalid. Duplicated.`, 'duplicate'],
  [
    'not enough balance / allowance: the balance is not enough -> balance: 1, order amount: 2',
    'insufficient_balance',
  ],
  [
    'not enough balance / allowance: the allowance is not enough -> allowance: 0',
    'insufficient_allowance',
  ],
  [`order ${ID} is invalid. Price (0.123) breaks minimum tick size rule: 0.01`, 'invalid_tick'],
  [`order ${ID} is invalid. Size (1) lower than the minimum: 5`, 'below_min'],
  ['invalid amount for a marketable BUY order ($0.5), min size: $1', 'below_min'],
  [
    'invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals,' +
      ' taker amount a max of 4 decimals',
    'invalid_amounts',
  ],
  ['invalid post-only order: order crosses book', 'post_only_would_cross'],
  ['the market is not yet ready to process new orders', 'market_not_ready'],
  ['market is closed', 'market_closed'],
  ["'0xabc' address in closed only mode", 'closed_only'],
  ["'0xabc' address banned", 'banned'],
  ['maker address not allowed, please use the deposit wallet flow', 'maker_not_allowed'],
  ['the order owner has to be the owner of the API KEY', 'auth'],
  ['the order signer address has to be the address of the API KEY', 'auth'],
  ['invalid signature', 'invalid_signature'],
  ['order_version_mismatch', 'order_version_mismatch'],
  ['invalid nonce', 'invalid_nonce'],
  ['invalid expiration', 'invalid_expiration'],
  ['Invalid order payload', 'invalid_payload'],
  ['No orderbook exists for the requested token id', 'market_not_found'],
  ['something nobody has seen before', 'other'],
];

describe('a rejection', () => {
  test.each(texts)('%s -> %s', (error, code) => {
    expect(outcomeOfReply(reply(400, { error }), ID, 'BUY')).toEqual({
      kind: 'rejected',
      code,
      message: error,
    });
    // The same words in the other shape, HTTP 200, mean the same.
    const soft = { ...ok, success: false, errorMsg: error, orderID: '' };
    expect(outcomeOfReply(reply(200, soft), ID, 'BUY')).toMatchObject({ kind: 'rejected', code });
  });

  test.each([
    [401, { error: 'Unauthorized/Invalid api key' }, 'auth'],
    [403, 'blocked', 'region'],
    [404, { error: 'market not found' }, 'market_not_found'],
    [425, '', 'restarting'],
    [429, 'slow down', 'rate_limited'],
  ])('HTTP %d is a proven refusal', (status, body, code) => {
    expect(outcomeOfReply(reply(status, body), ID, 'BUY')).toMatchObject({
      kind: 'rejected',
      code,
    });
  });

  test('keeps how long to wait, from the header or the body', () => {
    expect(outcomeOfReply(reply(429, '', 2000), ID, 'BUY')).toMatchObject({ retryAfterMs: 2000 });
    const body = {
      error: 'post-only mode: only post-only orders and cancels are allowed',
      code: 'post_only_mode',
      retry_after_seconds: 90,
    };
    expect(outcomeOfReply(reply(503, body), ID, 'BUY')).toEqual({
      kind: 'rejected',
      code: 'post_only_mode',
      message: body.error,
      retryAfterMs: 90_000,
    });
  });

  test.each([
    ['Trading is currently disabled. Try again later.', 'trading_disabled'],
    ['Trading is currently cancel-only.', 'cancel_only'],
  ])('503 %s', (error, code) => {
    expect(outcomeOfReply(reply(503, { error }), ID, 'BUY')).toMatchObject({
      kind: 'rejected',
      code,
    });
  });

  test('unmatched and a bare success:false are refusals', () => {
    expect(outcomeOfReply(reply(200, { ...ok, status: 'unmatched' }), ID, 'BUY')).toMatchObject({
      code: 'unmatched',
    });
    expect(outcomeOfReply(reply(200, { success: false }), ID, 'BUY')).toMatchObject({
      kind: 'rejected',
      code: 'other',
    });
  });
});

describe('unknown, because the order may be live', () => {
  test.each<[string, number, unknown]>([
    ['a server error', 500, { error: 'the trade contains rounding issues' }],
    ['a gateway timeout', 504, '<html>timeout</html>'],
    ['503 with other words', 503, { error: 'no healthy upstream' }],
    ['400 without words', 400, ''],
    ['400 that says delayed', 400, { error: 'order match delayed due to market conditions' }],
    ['200 that says delayed', 200, { ...ok, errorMsg: 'error delaying the order' }],
    ['200 without JSON', 200, 'OK'],
    ['200 with a list', 200, [ok]],
    ['a status nobody knows', 200, { ...ok, status: 'queued' }],
    ['no status', 200, { success: true, orderID: ID, errorMsg: null }],
    ['another order id', 200, { ...ok, orderID: `0x${'cd'.repeat(32)}` }],
    ['no order id', 200, { ...ok, orderID: '' }],
    ['amounts that are no decimals', 200, { ...ok, makingAmount: 'NaN' }],
    ['negative amounts', 200, { ...ok, takingAmount: '-1' }],
  ])('%s', (_, status, body) => {
    expect(outcomeOfReply(reply(status, body), ID, 'BUY').kind).toBe('unknown');
  });
});

const payloads = `${process.env.PMCP_TEST_DATA ?? '../shared/data'}/polymarket-payloads`;
describe.skipIf(!existsSync(payloads))('recorded answers', () => {
  test.each([
    ['http_order_response_failed.json', 200, 'rejected'],
    ['http_order_response_error_500.json', 500, 'unknown'],
    ['http_order_response_ok.json', 200, 'unknown'], // says success, but neither status nor our id
  ])('%s', (file, status, kind) => {
    const text = readFileSync(`${payloads}/${file}`, 'utf8');
    expect(outcomeOfReply({ status, text, retryAfterMs: undefined }, ID, 'BUY').kind).toBe(kind);
  });
});
