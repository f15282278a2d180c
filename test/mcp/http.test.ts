import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { CallEnvironment, CallRecord } from '../../src/mcp/call-tool.ts';
import {
  READ_ONLY,
  type ServerChange,
  type ServerDefinition,
  type ToolDefinition,
  ToolFailure,
} from '../../src/mcp/definition.ts';
import { type McpHttp, served, serveMcpHttp } from '../../src/mcp/http.ts';
import { shape } from '../../src/mcp/shape.ts';

let running: McpHttp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

let waits = 0;
const slow = Promise.withResolvers<AbortSignal>();

const echo: ToolDefinition<{ text: string }, { echoed: string }> = {
  name: 'echo',
  title: 'Echo',
  description: 'Says it again.',
  hints: READ_ONLY,
  input: shape(z.strictObject({ text: z.string() }), 'input'),
  output: shape(z.strictObject({ echoed: z.string() }), 'output'),
  timeoutMs: 20_000,
  async run({ text }, context) {
    if (text === 'fail') throw new ToolFailure('no_echo', 'nothing to say', 'Say something else.');
    if (text === 'wait') {
      waits += 1;
      slow.resolve(context.signal);
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    }
    context.progress(1, 2, 'half');
    return { echoed: text };
  },
  render: ({ echoed }) => echoed,
};

let change: (change: ServerChange) => void = () => undefined;

const definition: ServerDefinition = {
  name: 'demo',
  title: 'Demo',
  version: '1.0.0',
  instructions: 'For tests.',
  tools: [echo],
  resources: [
    {
      uri: 'demo://one',
      name: 'one',
      title: 'One',
      description: 'The one.',
      mimeType: 'text/plain',
      read: async () => ({ mimeType: 'text/plain', text: 'secret-canary one' }),
    },
  ],
  templates: [],
  prompts: [],
  onChange(listener) {
    change = listener;
    return () => undefined;
  },
};

const records: CallRecord[] = [];
const environment: CallEnvironment = {
  gate: () => undefined,
  record: (call) => records.push(call),
  redact: (text) => text.replaceAll('secret-canary', '[redacted]'),
};

async function start() {
  running = await serveMcpHttp({
    host: '127.0.0.1',
    port: 0,
    token: undefined,
    servers: [served(definition, environment)],
  });
  return `http://127.0.0.1:${running.port}/mcp/demo`;
}

async function connect(url: string) {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

test('a real client lists and calls a tool, with progress and structured content', async () => {
  const client = await connect(await start());
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(['echo']);
  expect(tools[0]?.annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false });
  const progress: number[] = [];
  const result = await client.callTool({ name: 'echo', arguments: { text: 'hi' } }, undefined, {
    onprogress: ({ progress: done }) => progress.push(done),
  });
  expect(result.structuredContent).toEqual({ echoed: 'hi' });
  expect(progress).toEqual([1]);
  await client.close();
});

test('a failing tool tells the model what to do next', async () => {
  const client = await connect(await start());
  const failed = await client.callTool({ name: 'echo', arguments: { text: 'fail' } });
  expect(failed).toMatchObject({
    isError: true,
    content: [{ text: 'no_echo: nothing to say\nSay something else.' }],
  });
  const invalid = await client.callTool({ name: 'echo', arguments: { text: 7 } });
  expect(invalid).toMatchObject({ isError: true });
  await expect(client.callTool({ name: 'nope' })).rejects.toThrow(/unknown tool: nope/);
  await client.close();
});

test('a client that goes away cancels its call', async () => {
  const url = await start();
  const client = await connect(url);
  const call = client
    .callTool({ name: 'echo', arguments: { text: 'wait' } })
    .catch(() => undefined);
  const signal = await slow.promise;
  await client.close();
  await call;
  await expect.poll(() => signal.aborted).toBe(true);
  expect(records.at(-1)?.tool).toBe('echo');
});

test('resources are redacted, and subscriptions told of changes', async () => {
  const client = await connect(await start());
  const { contents } = await client.readResource({ uri: 'demo://one' });
  expect(contents[0]).toMatchObject({ text: '[redacted] one' });
  await client.subscribeResource({ uri: 'demo://one' });
  const updated = new Promise((resolve) => {
    client.fallbackNotificationHandler = async (notification) => resolve(notification.params);
  });
  change({ kind: 'resource', uri: 'demo://one' });
  expect(await updated).toEqual({ uri: 'demo://one' });
  await client.close();
});

test('strangers and malformed requests get one clear answer', async () => {
  const url = await start();
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
    });
  expect((await post('{}', { origin: 'http://evil.example' })).status).toBe(403);
  expect((await post('{')).status).toBe(400);
  expect((await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }))).status).toBe(
    400,
  );
  expect((await post('{}', { 'mcp-session-id': 'nope' })).status).toBe(404);
  expect((await post(' '.repeat(2_000_000))).status).toBe(413);
  expect((await fetch(url.replace('demo', 'other'))).status).toBe(404);
});

test('the 2026-07-28 revision is served at the same URL, without a session', async () => {
  const url = await start();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'echo',
        arguments: { text: 'hi' },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });
  const text = await response.text();
  expect(text).toContain('"structuredContent":{"echoed":"hi"}');
  expect(running?.sessions()).toBe(0);
});

test('a client has so many calls under way, and no more', async () => {
  const client = await connect(await start());
  waits = 0;
  const stop = new AbortController();
  const waiting = Array.from({ length: 16 }, () =>
    client
      .callTool({ name: 'echo', arguments: { text: 'wait' } }, undefined, { signal: stop.signal })
      .catch(() => undefined),
  );
  await expect.poll(() => waits).toBe(16);
  const refused = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });
  expect(refused).toMatchObject({ isError: true });
  expect(JSON.stringify(refused.content)).toContain('too_many_calls: 16 calls');
  stop.abort();
  await Promise.all(waiting);
  await expect
    .poll(async () => (await client.callTool({ name: 'echo', arguments: { text: 'hi' } })).isError)
    .toBeUndefined();
  await client.close();
});
