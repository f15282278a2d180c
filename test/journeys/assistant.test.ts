import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBusyWork } from '../../src/bench/impact/busy.ts';
import { openStand, startLoad } from '../../src/bench/impact/stand.ts';
import { internalLatency, type Pair, slowedDown } from './latency.ts';
import { until, watchStatus } from './paper-world.ts';
import { freePort, type Running, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

/** Secrets planted wherever one could be: nothing that leaves the process may contain them. */
const CANARIES = {
  env: 'canary-env-5f1c0d7a9b',
  config: '123456789:canary_AAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  keyFile: 'canary-keyfile-77aa1e',
  dotEnv: 'canary-dotenv-0b9d3f',
  source: 'canary-source-3c8e21',
};

let run: Running;
let project: string;
let ports: Record<string, string>;
const clients = new Map<string, Client>();
let emitted = '';

beforeAll(async () => {
  project = temporaryDirectory();
  mkdirSync(join(project, 'config'));
  const files = {
    'config/limits.ts': 'export const MAX_DAILY_LOSS = 100;\n',
    'bot.ts': `const apiKey = '${CANARIES.source}';\nif (loss > MAX_DAILY_LOSS) stop(apiKey);\n`,
    'wallet.key': CANARIES.keyFile,
    '.env': `OTHER_SECRET=${CANARIES.dotEnv}\n`,
    'lcov.info': 'SF:config/limits.ts\nDA:1,1\nend_of_record\n',
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text);
  ports = Object.fromEntries(
    await Promise.all(
      ['EXCHANGE_PORT', 'DASHBOARD_PORT', 'METRICS_PORT', 'MCP_HTTP_PORT'].map(
        async (key) => [key, String(await freePort())] as const,
      ),
    ),
  );
  const env = {
    ...ports,
    MCP_PROJECT_DIRS: project,
    MY_SECRET: CANARIES.env,
    TELEGRAM_BOT_TOKEN: CANARIES.config,
    // A tight limit makes sure that something is skipped.
    MAX_CONCURRENT_POSITIONS: '2',
    MONITORING_MAX_CPU_PERCENT: '100',
    MONITORING_MAX_MEMORY_MB: '1000',
  };
  run = startPmcp(['up', '--scenario', 'volatile', '--speed', '10'], { env });
  await run.waitFor(/mcp ready/, 90_000);
  for (const name of ['codebase-search', 'testing', 'monitoring']) {
    const client = new Client({ name: 'assistant', version: '1' });
    const url = new URL(`http://127.0.0.1:${ports['MCP_HTTP_PORT']}/mcp/${name}`);
    await client.connect(new StreamableHTTPClientTransport(url));
    clients.set(name, client);
  }
}, 120_000);

afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await run.stop('SIGINT');
});

async function call(server: string, name: string, args: object = {}) {
  const client = clients.get(server);
  if (!client) throw new Error(`no client of ${server}`);
  const result = await client.callTool({ name, arguments: { ...args } });
  emitted += JSON.stringify(result);
  return result as { structuredContent: Record<string, unknown>; isError?: boolean };
}

test('an assistant finds a limit, checks coverage, explains a skip, and halts the bot', async () => {
  const scan = await call('codebase-search', 'scan_risk_parameters', {
    parameters: ['MAX_DAILY_LOSS'],
  });
  expect(scan.structuredContent).toMatchObject({
    parameters: [{ parameter: 'MAX_DAILY_LOSS', definitions: 1, reads: 1, writes: 0 }],
  });
  const coverage = await call('testing', 'verify_test_coverage');
  expect(coverage.structuredContent).toMatchObject({ coverage: 1, status: 'passed' });

  const skipped = await vi.waitFor(
    async () => {
      const { structuredContent } = await call('monitoring', 'list_trades', { result: 'skip' });
      const [trade] = structuredContent['trades'] as { fillId: string; reason: string }[];
      expect(trade).toBeDefined();
      return trade;
    },
    { timeout: 60_000, interval: 500 },
  );
  const explained = await call('monitoring', 'explain_trade', { id: skipped?.fillId });
  expect(explained.structuredContent).toMatchObject({ result: 'skip', reason: skipped?.reason });

  const halted = await call('monitoring', 'halt_trading', { reason: 'journey: enough seen' });
  expect(halted.structuredContent).toMatchObject({ halted: true });
  await vi.waitFor(
    async () => {
      const { structuredContent } = await call('monitoring', 'get_circuit_breaker_state');
      expect(structuredContent).toMatchObject({
        entriesAllowed: false,
        trading: { state: 'halted', summary: expect.stringContaining('journey: enough seen') },
      });
    },
    { timeout: 10_000 },
  );
  // Only the operator ends it, and he is told who halted and why.
  const { code, stdout } = await runPmcp(['resume', 'seen'], { dataDir: run.dataDir });
  expect([code, stdout]).toEqual([0, expect.stringContaining('armed')]);
}, 120_000);

test('while it works, the latency of the bot stays as it was', async () => {
  const dataDir = temporaryDirectory();
  const script = resolve(import.meta.dirname, '../../dist/pmcp.cjs');
  const self = { command: process.execPath, args: [script] };
  const stand = await openStand({ self, dataDir, onEvent: () => {} });
  const watch = watchStatus(dataDir);
  try {
    await stand.startMcp();
    await startLoad(stand.exchangeUrl, { copiesPerSecond: 20, othersPerSecond: 20, seed: 3 });
    await until('a measured trade', 20_000, () => watch.latest()?.status.latency.internal.count);
    const pairs: Pair[] = [];
    let served = 0;
    // Windows with and without work, in turns: neighbours see the same machine.
    for (let turn = 0; turn < 4; turn += 1) {
      const quiet = await internalLatency(watch, 1_500);
      const assistants = await Promise.all([startBusyWork(stand), startBusyWork(stand)]);
      const loaded = await internalLatency(watch, 2_500);
      for (const assistant of assistants) {
        await assistant.stop();
        served += Object.values(assistant.done).reduce((sum, count) => sum + count, 0);
      }
      pairs.push({ quiet, loaded });
    }
    expect(served).toBeGreaterThan(60);
    expect(slowedDown(pairs)).toBeUndefined();
  } finally {
    watch.close();
    await stand.close();
  }
}, 120_000);

test('no tool loosens anything: what an assistant can change is a halt and a seen alert', async () => {
  const changing: string[] = [];
  for (const client of clients.values()) {
    const { tools } = await client.listTools();
    emitted += JSON.stringify(tools);
    changing.push(
      ...tools.filter((tool) => !tool.annotations?.readOnlyHint).map((tool) => tool.name),
    );
  }
  expect(changing.sort()).toEqual(['acknowledge_alert', 'halt_trading', 'run_tests']);
});

test('no byte of any tool, resource, page, metric or log is a secret', async () => {
  const search = (query: string) => call('codebase-search', 'search_code', { query });
  for (const query of ['canary', 'apiKey', 'KEY', 'SECRET', '.']) await search(query);
  await call('codebase-search', 'search_pattern', { name: 'api_endpoints' });
  for (const path of ['bot.ts', 'wallet.key', '.env', 'config/limits.ts']) {
    await call('codebase-search', 'read_source', { path });
  }
  for (const name of ['get_test_coverage', 'list_tests', 'coverage_gaps', 'run_tests']) {
    await call('testing', name);
  }
  const plain = ['get_system_health', 'get_metrics', 'get_positions', 'get_resource_usage'];
  for (const name of [...plain, 'list_alerts', 'get_trading_latency']) {
    await call('monitoring', name);
  }
  for (const client of clients.values()) {
    const { resources } = await client.listResources();
    for (const { uri } of resources) emitted += JSON.stringify(await client.readResource({ uri }));
  }
  const urls = ['/', '/health', '/readyz'].map((path) => `${ports['DASHBOARD_PORT']}${path}`);
  for (const url of [...urls, `${ports['METRICS_PORT']}/metrics`]) {
    emitted += await (await fetch(`http://127.0.0.1:${url}`)).text();
  }
  emitted += run.stdout() + run.stderr();
  const logs = join(run.dataDir, 'logs');
  for (const name of readdirSync(logs)) emitted += readFileSync(join(logs, name), 'utf8');
  const privateKey = readFileSync(join(run.dataDir, 'paper.key'), 'utf8').trim();

  // What was searched through is not nothing.
  expect(emitted.length).toBeGreaterThan(20_000);
  expect(emitted).toContain('[redacted]');
  for (const secret of [...Object.values(CANARIES), privateKey.replace(/^0x/, '')]) {
    expect(emitted.includes(secret), secret).toBe(false);
  }
}, 120_000);
