import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createStatusServer } from '../../../src/bot/status-server.ts';
import { type Config, schema } from '../../../src/config/schema.ts';
import { createHealth } from '../../../src/observe/health.ts';
import { checks, type Installation } from '../../../src/observe/validate/checks.ts';
import { fetchHealth } from '../../../src/observe/validate/health-view.ts';
import { openMcp } from '../../../src/observe/validate/mcp-client.ts';
import { ask, originOf } from '../../../src/observe/validate/probe.ts';
import { validate } from '../../../src/observe/validate/validate.ts';
import { fakeHello, fakeLatency, fakeStatus } from '../../fakes/status.ts';
import { temporaryDirectory } from '../../journeys/run.ts';
import { facts } from '../facts.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serving(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}
const saying = (status: number, body: string, type = 'application/json') =>
  serving((_, response) => response.writeHead(status, { 'Content-Type': type }).end(body));

const defaults = Object.fromEntries(
  Object.entries(schema).map(([key, { defaultValue }]) => [key, defaultValue]),
) as Config;
const installation = (config: Partial<Config>, target: 'staging' | 'production' = 'staging') => ({
  config: { ...defaults, MONITOR_INTERVAL_SECONDS: 0.01, ...config },
  target,
  socketPath: '/nonexistent/status.sock',
  release: '1',
  signal: new AbortController().signal,
  sampleMs: 1,
});
const make = (name: string, at: Installation) => {
  const check = checks.find((one) => one.name === name);
  if (!check) throw new Error(`no check ${name}`);
  return check.run(at);
};

/** A document of a healthy bot, changed. */
function documentWith(change: (document: ReturnType<typeof healthy>) => void = () => {}): string {
  const document = healthy();
  change(document);
  return JSON.stringify(document);
}
function healthy() {
  const health = createHealth('staging', () => 0);
  health.check(facts());
  return health.document();
}
const dashboard = async (body: string) => installation({ DASHBOARD_PORT: await saying(200, body) });

describe('the health document', () => {
  test.each([
    [404, '{}', 'HTTP 404'],
    [200, '<html>', 'is not JSON'],
    [200, '{"schema":"other"}', 'breaks its contract: schema'],
    [200, documentWith((one) => Reflect.deleteProperty(one.components, 'testing')), 'testing'],
  ])('%i %s is refused', async (status, body, words) => {
    const origin = originOf('0.0.0.0', await saying(status, body));
    await expect(fetchHealth(origin, 'token')).rejects.toThrow(words);
    const at = installation({ DASHBOARD_PORT: Number(new URL(origin).port) });
    expect(await make('dashboard answers', at)).toMatchObject({ result: 'failed' });
    expect(await make('component main_bot', at)).toMatchObject({ result: 'unknown' });
  });
});

test('components: unknown is no pass, silence of alerts no production', async () => {
  const result = async (name: string, status: string, target?: 'production') => {
    const body = documentWith((one) =>
      Object.assign(one.components[name as 'testing'], { status }),
    );
    const at = { ...(await dashboard(body)), ...(target && { target }) };
    return (await make(`component ${name}`, at)).result;
  };
  expect(await result('testing', 'unknown')).toBe('unknown');
  expect(await result('testing', 'degraded')).toBe('failed');
  expect(await result('testing', 'disabled')).toBe('off');
  expect(await result('monitoring', 'disabled')).toBe('unknown');
  expect(await result('alert_system', 'disabled')).toBe('off');
  expect(await result('alert_system', 'disabled', 'production')).toBe('failed');
});

test('latency: below 100 ms, above, and none measured', async () => {
  const result = async (p99: number | null) => {
    const body = documentWith((one) => {
      one.performance.trading_latency_ms = { p50: p99 === null ? null : 1, p99 };
    });
    return (await make('trading latency below 100 ms', await dashboard(body))).result;
  };
  expect(await result(99)).toBe('passed');
  expect(await result(100)).toBe('failed');
  expect(await result(null)).toBe('unknown');
});

test('latency of few orders: the first, when all was cold, is no p99; that of many is', async () => {
  const socketPath = join(temporaryDirectory(), 'run', 'status.sock');
  const bot = await createStatusServer({
    socketPath,
    hello: fakeHello,
    onHalt: () => {},
    now: () => Date.now(),
  });
  const of = async (count: number, p50: number) => {
    const { latency } = fakeStatus();
    const internal = fakeLatency({ count, p50Ms: p50, p99Ms: 468 });
    bot.publish(fakeStatus({ latency: { ...latency, internal } }));
    const body = documentWith((one) => {
      one.performance.trading_latency_ms = { p50, p99: 468 };
    });
    return make('trading latency below 100 ms', { ...(await dashboard(body)), socketPath });
  };
  expect(await of(18, 8.375)).toEqual({
    result: 'passed',
    detail: 'p50 8.38 ms, p99 468.00 ms of 18 orders (too few for a p99: p50 is judged)',
  });
  expect((await of(18, 130)).result).toBe('failed');
  expect(await of(100, 8)).toEqual({
    result: 'failed',
    detail: 'p50 8.00 ms, p99 468.00 ms of 100 orders; 100 ms are allowed',
  });
  await bot.close();
});

test('resources: a burst passes, a lasting excess does not, too few samples are no answer', async () => {
  const result = async (samples: readonly (number | null)[]) => {
    let index = 0;
    const port = await serving((_, response) => {
      const cpu = samples[Math.min(index, samples.length - 1)] ?? null;
      const body = documentWith((one) => {
        one.timestamp = new Date(index).toISOString();
        one.resource_limits = { cpu_percent: cpu, memory_mb: 200, within_limits: true };
      });
      index += 1;
      response.end(body);
    });
    const at = installation({ DASHBOARD_PORT: port });
    return make('mcp stays within 15 % CPU and 1 GB', at);
  };
  expect(await result([1, 40, 2])).toMatchObject({
    result: 'passed',
    detail: 'most of 3 samples: CPU 40 %, memory 200 MB',
  });
  expect(await result([20, 30, 40])).toMatchObject({ result: 'failed' });
  const at = installation({ DASHBOARD_PORT: await saying(500, '') });
  expect(await make('mcp stays within 15 % CPU and 1 GB', at)).toMatchObject({ result: 'unknown' });
});

test('metrics: no text of Prometheus, and names that are missing', async () => {
  const result = async (body: string, status = 200) =>
    make('metrics keep their contract', installation({ METRICS_PORT: await saying(status, body) }));
  expect((await result('<html>')).detail).toContain('no Prometheus text: <html>');
  expect((await result('# TYPE pmcp_build_info gauge\npmcp_build_info 1\n')).detail).toContain(
    'missing: pmcp_component_health',
  );
  expect((await result('', 503)).detail).toContain('HTTP 503');
});

/** An MCP server that says this to each method. */
function mcp(answers: Record<string, object | undefined>, stream = false) {
  return serving((request, response) => {
    let text = '';
    request.on('data', (more) => {
      text += more;
    });
    request.on('end', () => {
      const { id, method } = text === '' ? { id: 0, method: 'DELETE' } : JSON.parse(text);
      const answer = answers[method];
      if (answer === undefined) return response.writeHead(202).end();
      const body = JSON.stringify({ jsonrpc: '2.0', id, ...answer });
      const type = stream ? 'text/event-stream' : 'application/json';
      response.writeHead(200, { 'Content-Type': type });
      return response.end(stream ? `event: message\ndata: ${body}\n\n` : body);
    });
  });
}
const hello = { result: { serverInfo: { name: 'testing' } } };
const tools = { result: { tools: [{ name: 'verify_test_coverage' }] } };
const calling = (structuredContent: object) => ({ result: { structuredContent } });

describe('MCP servers', () => {
  const open = async (answers: Record<string, object>, stream = false) =>
    openMcp(`http://127.0.0.1:${await mcp(answers, stream)}/`, 'token');

  test.each([false, true])('a session, streamed: %s', async (stream) => {
    const answers = { initialize: hello, 'tools/list': tools, 'tools/call': calling({ a: 1 }) };
    const session = await open(answers, stream);
    expect(session).toMatchObject({ server: 'testing', tools: ['verify_test_coverage'] });
    expect(await session.call('x', 1000)).toEqual({ a: 1 });
    await session.close();
  });

  test.each<[string, Record<string, object>, string]>([
    ['refuses', { initialize: { error: { message: 'go away' } } }, 'initialize: go away'],
    ['says nothing', {}, 'HTTP 202 without an answer'],
    ['has no list', { initialize: hello, 'tools/list': { result: {} } }, 'no list of tools'],
  ])('one that %s', async (_, answers, words) => {
    await expect(open(answers)).rejects.toThrow(words);
  });

  const at = async (answer: object) =>
    installation({
      MCP_HTTP_PORT: await mcp({ initialize: hello, 'tools/list': tools, 'tools/call': answer }),
    });
  const coverage = async (answer: object) =>
    (await make('test coverage reaches its target', await at(answer))).result;
  const scan = async (answer: object) =>
    make('risk parameters are written in their place only', await at(answer));

  test('coverage: passed, failed, stale, and a tool that fails', async () => {
    const figures = { coverage: 0.8, threshold: 0.85 };
    expect(await coverage(calling({ status: 'passed', ...figures }))).toBe('passed');
    expect(await coverage(calling({ status: 'failed', ...figures }))).toBe('failed');
    expect(await coverage(calling({ status: 'unknown', coverage: null }))).toBe('unknown');
    const error = { result: { isError: true, content: [{ text: 'tripped' }] } };
    expect(await coverage(error)).toBe('unknown');
  });

  test('the risk scan: clean, flagged, empty, not understood', async () => {
    const found = (flagged: unknown, filesScanned: unknown) =>
      scan(calling({ flagged, filesScanned })).then(({ result }) => result);
    expect(await found([], 7)).toBe('passed');
    expect(await found([{}], 7)).toBe('failed');
    expect(await found([], 0)).toBe('unknown');
    expect(await found(undefined, 7)).toBe('unknown');
  });

  test('a server without tools', async () => {
    const none = { initialize: hello, 'tools/list': { result: { tools: [] } } };
    const port = await mcp(none);
    expect(await make('MCP server testing answers', installation({ MCP_HTTP_PORT: port }))).toEqual(
      {
        result: 'failed',
        detail: 'testing has no tools',
      },
    );
  });
});

test('a server that never answers is given up, with words', async () => {
  const port = await serving(() => {});
  await expect(ask({ url: `http://127.0.0.1:${port}/`, timeoutMs: 50 })).rejects.toThrow(
    'no answer within 50 ms',
  );
  const broken = await serving((_, response) => {
    response.writeHead(200, { 'Content-Length': 10 }).write('half');
    setTimeout(() => response.destroy(), 20);
  });
  await expect(ask({ url: `http://127.0.0.1:${broken}/` })).rejects.toThrow('aborted');
  expect(originOf('::', 1)).toBe('http://127.0.0.1:1');
  expect(originOf('::1', 1)).toBe('http://[::1]:1');
});

test('an interruption leaves the rest unknown', async () => {
  const abort = new AbortController();
  const at = { ...installation({ DASHBOARD_PORT: 1 }), signal: abort.signal };
  const ended: string[] = [];
  const options = {
    postDeploy: false,
    onStart: () => abort.abort(),
    onEnd: ({ name }: { name: string }) => ended.push(name),
  };
  const { verdict, checks: reports } = await validate(at, options);
  expect(verdict).toBe('inconclusive');
  expect(ended).toEqual([]);
  expect(new Set(reports.map(({ detail }) => detail))).toEqual(new Set(['interrupted']));
});
