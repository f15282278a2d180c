import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type RealServers, SERVERS, type ServerName, startRealServers } from './real/servers.ts';

/** What a model meets: every tool, resource and prompt, through a real client. */

let servers: RealServers;
const clients = new Map<ServerName, Client>();

beforeAll(async () => {
  servers = await startRealServers();
  for (const server of SERVERS) {
    const client = new Client({ name: 'quality', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(servers.url(server))));
    // From here on the client checks each result against the schema it was promised.
    await client.listTools();
    clients.set(server, client);
  }
});
afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await servers.close();
});

function of(server: ServerName): Client {
  const client = clients.get(server);
  if (!client) throw new Error(`no client of ${server}`);
  return client;
}

/** For every tool: arguments that work. */
const SAMPLES: Record<ServerName, Record<string, object>> = {
  'codebase-search': {
    search_code: { query: 'MAX_DAILY_LOSS', context: 2 },
    search_pattern: { name: 'stop_loss', limit: 200, context: 5 },
    list_patterns: {},
    read_source: { path: 'notes.txt', lines: 400 },
    find_symbol: { name: 'tooMuch' },
    scan_risk_parameters: {},
  },
  testing: {
    get_test_coverage: {},
    verify_test_coverage: {},
    coverage_gaps: { limit: 100 },
    list_tests: {},
    run_tests: {},
    get_failures: {},
  },
  monitoring: {
    get_system_health: {},
    get_component_health: { component: 'main_bot' },
    get_metrics: {},
    get_circuit_breaker_state: {},
    get_trading_latency: { minutes: 60 },
    list_trades: { limit: 100 },
    explain_trade: { id: 'fill-101' },
    get_positions: {},
    list_alerts: { limit: 100 },
    acknowledge_alert: { id: 'alert-3', falsePositive: true },
    get_resource_usage: {},
    halt_trading: { reason: 'a drill' },
  },
};

const texts = z.array(z.object({ type: z.literal('text'), text: z.string().min(1) }));
const bool = expect.any(Boolean);

describe.each(SERVERS)('%s', (server) => {
  test('every tool says what it does, what it takes and what it may change', async () => {
    const { tools } = await of(server).listTools();
    expect(tools.map((tool) => tool.name)).toEqual(Object.keys(SAMPLES[server]));
    const mute: string[] = [];
    for (const { name, title, description, annotations, inputSchema, outputSchema } of tools) {
      expect(title, name).toBeTruthy();
      if ((description ?? '').length < 60) mute.push(`${name}: ${description}`);
      const hints = { readOnlyHint: bool, destructiveHint: bool };
      expect(annotations, name).toMatchObject({
        ...hints,
        idempotentHint: bool,
        openWorldHint: bool,
      });
      expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
      for (const [key, given] of Object.entries(inputSchema.properties ?? {})) {
        if (!('description' in given)) mute.push(`${name}.${key}`);
      }
    }
    expect(mute).toEqual([]);
    const changing = tools.filter((tool) => !tool.annotations?.readOnlyHint);
    expect(changing.map((tool) => tool.name)).toEqual(
      { 'codebase-search': [], testing: ['run_tests'], monitoring: CHANGES }[server],
    );
  });

  test.each(Object.entries(SAMPLES[server]))(
    '%s answers within its schema and size',
    async (...one) => {
      const [name, input] = one;
      const result = await of(server).callTool({ name, arguments: { ...input } });
      expect(result.isError, JSON.stringify(result.content)).toBeUndefined();
      expect(texts.parse(result.content)).toHaveLength(1);
      expect(JSON.stringify(result.structuredContent).length).toBeLessThan(45_000);
      expect(JSON.stringify(result.content).length).toBeLessThan(55_000);
    },
  );
});

const CHANGES = ['acknowledge_alert', 'halt_trading'];

const LISTS: [ServerName, string, object, string, number][] = [
  ['monitoring', 'list_trades', { limit: 7 }, 'trades', 60],
  ['monitoring', 'list_alerts', { limit: 7 }, 'alerts', 60],
  ['testing', 'coverage_gaps', { limit: 7 }, 'gaps', 30],
  ['testing', 'list_tests', { limit: 1 }, 'tests', 1],
  ['testing', 'get_failures', { limit: 1 }, 'failures', 1],
  ['codebase-search', 'search_pattern', { name: 'stop_loss', limit: 150 }, 'matches', 700],
  [
    'codebase-search',
    'search_pattern',
    { name: 'stop_loss', limit: 200, context: 5 },
    'matches',
    700,
  ],
];

test.each(LISTS)(
  '%s: the pages of %s are all of it, each once',
  async (server, name, input, key, total) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const asked = { ...input, ...(cursor === undefined ? {} : { cursor }) };
      const { structuredContent, content } = await of(server).callTool({ name, arguments: asked });
      const answer = z.looseObject({ nextCursor: z.string().optional() }).parse(structuredContent);
      seen.push(
        ...z
          .array(z.unknown())
          .parse(answer[key])
          .map((item) => JSON.stringify(item)),
      );
      cursor = answer.nextCursor;
      // A client that shows the text only must be able to go on as well.
      if (cursor !== undefined) expect(JSON.stringify(content)).toContain(`cursor ${cursor}`);
    } while (cursor !== undefined);
    expect(seen).toHaveLength(total);
    expect(new Set(seen).size).toBe(total);
  },
);

const prompt = (name: string) => ({ type: 'ref/prompt' as const, name });
const template = (uri: string) => ({ type: 'ref/resource' as const, uri });

test.each([
  ['codebase-search', prompt('risk_parameter_review'), 'parameter', 'max_d', 'MAX_DAILY_LOSS'],
  ['codebase-search', template('codebase://pattern/{name}'), 'name', 'slip', 'slippage'],
  ['monitoring', template('pmcp://trades/{id}'), 'id', 'fill-10', 'fill-100'],
  ['monitoring', template('pmcp://health/{component}'), 'component', 'main', 'main_bot'],
] as const)('%s completes %o %s', async (server, ref, name, value, expected) => {
  const { completion } = await of(server).complete({ ref, argument: { name, value } });
  expect(completion.values).toContain(expected);
  expect(completion.total).toBe(completion.values.length);
});

test('a subscriber hears of a change, and not after unsubscribing', async () => {
  const client = of('monitoring');
  const heard: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    heard.push(params.uri);
  });
  await client.subscribeResource({ uri: 'pmcp://health' });
  await client.subscribeResource({ uri: 'pmcp://alerts' });
  servers.bot.change('health');
  servers.bot.change('positions');
  await expect.poll(() => heard).toEqual(['pmcp://health']);
  await client.unsubscribeResource({ uri: 'pmcp://health' });
  servers.bot.change('health');
  servers.bot.change('alerts');
  await expect.poll(() => heard).toEqual(['pmcp://health', 'pmcp://alerts']);
});

test('a run of tests tells its progress, and is a resource', async () => {
  const client = of('testing');
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates.map((one) => one.uriTemplate)).toEqual(['testing://run/{id}']);
  const done: number[] = [];
  const { structuredContent } = await client.callTool({ name: 'run_tests' }, undefined, {
    onprogress: ({ progress }) => done.push(progress),
  });
  expect(done).toEqual([1, 2]);
  const run = z.looseObject({ runId: z.string() }).parse(structuredContent);
  const { contents } = await client.readResource({ uri: `testing://run/${run.runId}` });
  expect(JSON.stringify(contents)).toContain('breaks');
});
