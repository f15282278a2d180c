import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActivityRow } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import type { LoadReport } from '../../../src/exchange/wire/load.ts';
import {
  buyAtAsk,
  call,
  control,
  liquidMarket,
  login,
  orderBody,
  startPaper,
  waitFor,
} from './harness.ts';

let exchange: Exchange;
beforeAll(async () => {
  exchange = await startPaper();
});
afterAll(() => exchange.close());

const read = async () => (await control(exchange, 'GET', '/load')).body as LoadReport;
const plan = { copiesPerSecond: 200, othersPerSecond: 100, usdc: 50, seed: 3 };

it('shows leaders’ fills at the wanted rate and reports when each was meant', async () => {
  const account = await login(exchange);
  const market = await liquidMarket(exchange);
  const leaders = new Set(exchange.engine.leaders().map(({ wallet }) => wallet));
  const shown: ActivityRow[] = [];
  const stop = exchange.engine.on((event) => {
    if (event.kind === 'activity') shown.push(event.row);
  });
  expect((await control(exchange, 'POST', '/load', plan)).status).toBe(201);
  const { body, orderId } = orderBody(account, market, buyAtAsk(exchange, market, 5));
  await call(exchange, account, 'POST', '/order', body);
  const copies = () => ours().filter(({ wallet }) => leaders.has(wallet));
  const ours = () => shown.filter(({ transactionHash }) => transactionHash.endsWith('bbbb'));
  await waitFor(() => copies().length >= 60);
  await control(exchange, 'DELETE', '/load');
  stop();
  const { sent, orders } = await read();
  expect(orders.map(([id]) => id)).toContain(orderId);
  const [first, ...rest] = sent;
  let before = first?.[1] ?? 0;
  for (const [, meantMs, sentMs] of rest) {
    expect(meantMs).toBeGreaterThan(before);
    expect(meantMs - before).toBeLessThan(2 * (1000 / plan.copiesPerSecond));
    expect(sentMs).toBeGreaterThanOrEqual(meantMs);
    before = meantMs;
  }
  const numbers = new Set(sent.map(([number]) => number));
  expect(ours().length).toBeGreaterThan(copies().length);
  expect(sent.length).toBe(copies().length);
  for (const row of copies()) {
    expect(numbers).toContain(Number.parseInt(row.transactionHash.slice(2, 18), 16));
    expect(row.usdcMicro).toBeGreaterThan(49_000_000);
  }
  expect(exchange.engine.audit().problems).toEqual([]);
});

it('stops, and starts anew', async () => {
  await control(exchange, 'POST', '/load', { ...plan, othersPerSecond: 0 });
  await control(exchange, 'POST', '/load', { ...plan, copiesPerSecond: 0, othersPerSecond: 0 });
  await read();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect((await read()).sent).toEqual([]);
});

it('refuses a plan that is none', async () => {
  for (const wrong of [{}, { ...plan, usdc: 'much' }, { ...plan, copiesPerSecond: 1e9 }]) {
    const { status, body } = await control(exchange, 'POST', '/load', wrong);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(/is not a number from 0 to/);
  }
});
