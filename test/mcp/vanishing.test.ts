import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTree } from '../../src/host/vitals.ts';
import { type RealServers, type ServerName, startRealServers } from './real/servers.ts';

/** What the servers lean on goes away: one clear error each, and nothing is left running. */

let servers: RealServers;

beforeAll(async () => {
  servers = await startRealServers();
});
afterAll(() => servers.close());

async function call(server: ServerName, name: string, input: object): Promise<string> {
  const client = new Client({ name: 'vanishing', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(servers.url(server))));
  const { content, isError } = await client.callTool({ name, arguments: { ...input } });
  await client.close();
  return `${isError ? 'error' : 'fine'} ${JSON.stringify(content)}`;
}

/** Descendants of this very process whose command line holds a word; never anybody else's. */
function children(word: string): number[] {
  return readTree(process.pid)
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && commandOf(pid).includes(word));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const exists = (word: string) => expect.poll(() => children(word).length, { timeout: 10_000 });

test('a killed test runner', async () => {
  const slow = "require('node:test')('slow', () => new Promise((end) => setTimeout(end, 6e4)));\n";
  writeFileSync(join(servers.root, 'vanishing.test.js'), slow);
  const answer = call('testing', 'run_tests', { files: ['vanishing.test.js'] });
  await exists('vanishing.test.js').toBeGreaterThan(0);
  for (const pid of children('vanishing.test.js')) kill(pid);
  expect(await answer).toContain('BROKEN');
  await exists('vanishing.test.js').toBe(0);
  expect(await call('testing', 'run_tests', { files: ['sum.test.js'] })).toContain('FAILED');
});

test('a killed ripgrep', async () => {
  // Much to read, so that it can be caught at it; a new word each time, for results are kept.
  const query = 'no_such_word_anywhere_at_all';
  const large = join(servers.root, 'large.txt');
  writeFileSync(large, 'some words to read through\n'.repeat(70_000));
  const answers: string[] = [];
  for (let turn = 0; turn < 40 && !answers.some((one) => one.includes('killed')); turn += 1) {
    const answer = call('codebase-search', 'search_code', { query: `${query}${turn}` });
    let done = false;
    answer.finally(() => {
      done = true;
    });
    while (!done && children(`--regexp=${query}${turn}`).length === 0) await tick();
    for (const pid of children(`--regexp=${query}${turn}`)) kill(pid);
    answers.push(await answer);
  }
  expect(answers.at(-1)).toMatch(/^error .*search_killed: the search was ended by SIGKILL/);
  await exists(`--regexp=${query}`).toBe(0);
  expect(await call('codebase-search', 'search_code', { query: 'tooMuch' })).toMatch(/^fine/);
});

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

test('a vanished bot', async () => {
  servers.bot.vanish('the bot is silent since 12:00');
  expect(await call('monitoring', 'get_positions', {})).toMatch(
    /^error .*bot_silent: the bot is silent/,
  );
  // What this process knows by itself is still told.
  expect(await call('monitoring', 'get_circuit_breaker_state', {})).toMatch(
    /^fine .*New trades unknown: the bot is silent/,
  );
  expect(await call('monitoring', 'halt_trading', { reason: 'a drill' })).toMatch(
    /^error .*not_halted: .*pmcp halt/,
  );
  expect(await call('monitoring', 'get_system_health', {})).toMatch(/^fine .*CRITICAL/);
  expect(servers.bot.halts).toEqual([]);
});
