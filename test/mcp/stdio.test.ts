import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServerDefinition } from '../../src/mcp/definition.ts';
import { pipeToDaemon } from '../../src/mcp/stdio/pipe.ts';
import { type PipeServer, servePipe } from '../../src/mcp/stdio/serve-pipe.ts';

let directory: string;
let socketPath: string;
let server: PipeServer | undefined;
const definition: ServerDefinition = {
  name: 'demo',
  title: 'Demo',
  version: '1',
  instructions: 'x',
  tools: [],
  resources: [],
  templates: [],
  prompts: [],
  onChange: () => () => undefined,
};
const environment = {
  gate: () => undefined,
  record: () => undefined,
  redact: (text: string) => text,
};
const start = async () => {
  server = await servePipe(socketPath, [definition], environment);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-stdio-'));
  socketPath = join(directory, 'mcp.sock');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
});

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 't', version: '1' },
  },
};

function pipe(name: string, startDaemon: () => void = () => undefined) {
  const input = new PassThrough();
  const output = new PassThrough();
  const ended = pipeToDaemon({
    socketPath,
    server: name,
    startDaemon,
    input,
    output,
    signal: new AbortController().signal,
  });
  return {
    input,
    ended,
    line: () =>
      new Promise<string>((resolve) => output.once('data', (chunk) => resolve(String(chunk)))),
  };
}

test('bytes go through, also those sent before the daemon listened, and the end of input ends it', async () => {
  let started = 0;
  const { input, ended, line } = pipe('demo', () => {
    started += 1;
    start();
  });
  input.write(`${JSON.stringify(initialize)}\n`);
  expect(JSON.parse(await line())).toMatchObject({
    id: 1,
    result: { protocolVersion: '2025-11-25', serverInfo: { name: 'pmcp-demo' } },
  });
  expect(started).toBe(1);
  expect(server?.count()).toBe(1);
  input.end();
  await ended;
  await expect.poll(() => server?.count()).toBe(0);
});

test('an unknown server is one JSON-RPC error, and the end', async () => {
  await start();
  const { ended, line } = pipe('nope');
  expect(JSON.parse(await line())).toMatchObject({
    error: { message: expect.stringContaining('enabled: demo') },
  });
  await ended;
});

test.each(['garbage\n', 'x'.repeat(500), '{"server":7}\n', '\n'])(
  'a greeting %j is refused',
  async (greeting) => {
    await start();
    const socket = createConnection(socketPath);
    socket.write(greeting);
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(String(chunk))),
    );
    expect(answer).toContain('no such server');
  },
);
