import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type RealServers, SERVERS, type ServerName, startRealServers } from './real/servers.ts';

/** The official Inspector's command line as the client, over each way in. */
const inspector = createRequire(import.meta.url)
  .resolve('@modelcontextprotocol/inspector/package.json')
  .replace('package.json', 'clients/launcher/build/index.js');

let servers: RealServers;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'pmcp-inspector-'));
  servers = await startRealServers();
  // The Inspector takes words that begin with a dash for its own.
  const pmcp = resolve(import.meta.dirname, '../../bin/pmcp');
  const line = `exec '${pmcp}' mcp --stdio "$1" --data-dir '${servers.dataDir}'`;
  writeFileSync(join(home, 'stdio.sh'), `#!/bin/sh\n${line}\n`, { mode: 0o700 });
});
afterAll(async () => {
  await servers.close();
  rmSync(home, { recursive: true, force: true });
});

const WAYS = {
  'HTTP 2025-11-25': (server: ServerName) => http(server, []),
  'HTTP 2026-07-28': (server: ServerName) => http(server, ['--protocol-era', 'modern']),
  stdio: (server: ServerName) => [join(home, 'stdio.sh'), server],
};

function http(server: ServerName, words: string[]): string[] {
  return ['--transport', 'http', '--server-url', servers.url(server), ...words];
}

const answer = z.looseObject({ result: z.looseObject({}).optional() });

function ask(way: string[], method: string, ...words: string[]) {
  const argv = [inspector, '--cli', ...way, '--method', method, ...words, '--format', 'json', '-q'];
  return new Promise<{ code: number; result: object; errors: string }>((resolve) => {
    const env = { PATH: process.env.PATH, HOME: home };
    execFile(process.execPath, argv, { env, timeout: 25_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      const result = stdout.startsWith('{') ? answer.parse(JSON.parse(stdout)).result : undefined;
      resolve({ code, result: result ?? {}, errors: stderr });
    });
  });
}

/** Of each server: a call, a resource and a prompt, with something their answers must hold. */
const ASKED = {
  'codebase-search': {
    tools: 6,
    call: ['search_code', '{"query":"MAX_DAILY_LOSS","globs":["*.py"]}', 'bot.py'],
    read: ['codebase://pattern/slippage', 'slippage'],
    prompt: ['risk_parameter_review', 'parameter=MAX_DAILY_LOSS', 'MAX_DAILY_LOSS'],
  },
  testing: {
    tools: 6,
    call: ['coverage_gaps', '{"limit":3}', 'src/core/file'],
    read: ['testing://runs', '[]'],
    prompt: ['test_failure_triage', 'runId=none', 'get_failures'],
  },
  monitoring: {
    tools: 12,
    call: ['list_trades', '{"limit":2,"result":"skip"}', 'SKIPPED'],
    read: ['pmcp://trades/fill-100', 'fill-100'],
    prompt: ['incident_triage', 'symptom=slow', 'slow'],
  },
} as const;

describe.each(SERVERS)('%s', (server) => {
  const { tools, call, read, prompt } = ASKED[server];

  test.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('over %s', async (name) => {
    const way = WAYS[name](server);
    const [listed, called, got, prompted] = await Promise.all([
      ask(way, 'tools/list', '--strict'),
      ask(way, 'tools/call', '--tool-name', call[0], '--tool-args-json', call[1]),
      ask(way, 'resources/read', '--uri', read[0]),
      ask(way, 'prompts/get', '--prompt-name', prompt[0], '--prompt-args', prompt[1]),
    ]);
    expect(listed).toMatchObject({ code: 0, result: { tools: { length: tools } } });
    expect(called).toMatchObject({ code: 0, result: { structuredContent: {} } });
    expect(JSON.stringify(called.result)).toContain(call[2]);
    expect(got).toMatchObject({ code: 0, result: { contents: [{ uri: read[0] }] } });
    expect(JSON.stringify(got.result)).toContain(read[1]);
    expect(prompted).toMatchObject({ code: 0, result: { messages: [{ role: 'user' }] } });
    expect(JSON.stringify(prompted.result)).toContain(prompt[2]);
  });
});

test('a failing call is told as one', async () => {
  const way = WAYS['HTTP 2025-11-25']('codebase-search');
  const words = ['--tool-name', 'search_code', '--tool-args-json', '{"query":"("}'];
  const { code, result, errors } = await ask(way, 'tools/call', ...words);
  expect({ code, errors }).toMatchObject({ code: 5, errors: expect.stringContaining('isError') });
  expect(JSON.stringify(result)).toContain('invalid_pattern');
});
