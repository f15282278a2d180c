import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool } from '../../../src/mcp/call-tool.ts';
import type { ServerDefinition } from '../../../src/mcp/definition.ts';
import { createRateLimit } from '../../../src/mcp/rate-limit.ts';
import { createSearchEngine, type SearchEngine } from '../../../src/mcp/search/engine.ts';
import { createRoots } from '../../../src/mcp/search/roots.ts';
import { createSearchServer } from '../../../src/mcp/search/server.ts';

let home: string;
let engine: SearchEngine;
let server: ServerDefinition;

const FILES: Record<string, string> = {
  'src/config/limits.ts':
    'export const MAX_DAILY_LOSS = 100;\nexport const limits = { maxDailyLoss: MAX_DAILY_LOSS };\n',
  'src/bot/sneaky.ts':
    "import { limits } from '../config/limits.ts';\nlimits.maxDailyLoss = 1e9;\n" +
    "process.env['MAX_DAILY_LOSS'] = '1';\nlimits.maxDailyLoss++;\n[limits.maxDailyLoss] = [2];\n",
  'src/bot/reader.ts':
    'export function tooMuch(loss: number): boolean {\n  return loss >= MAX_DAILY_LOSS; // ' +
    'canary-free\n}\n',
  'bot.py':
    'MAX_DAILY_LOSS = 100.0\ndef check(self, max_daily_loss=1):\n    if loss > max_daily_loss:  # ' +
    'max_daily_loss = 3\n        self.max_daily_loss *= 2\n        run(max_daily_loss=3)\n',
  'src/broken.ts': 'const MAX_DAILY_LOSS = = 5;\n',
  '.env': 'PRIVATE_KEY=canary-secret\n',
  '.env.local': 'PRIVATE_KEY=canary-secret\n',
  'wallet.key': 'canary-secret\n',
  'secrets.yml': 'canary-secret\n',
  'ignored/deep.ts': 'const canary = "canary-secret";\n',
  '.gitignore': 'ignored/\n',
  'notes.md': Array.from({ length: 120 }, (_, index) => `row ${index} stop_loss`).join('\n'),
};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'pmcp-search-'));
  const root = join(home, 'project');
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  writeFileSync(join(home, 'outside.txt'), 'canary-secret');
  symlinkSync(join(home, 'outside.txt'), join(root, 'src', 'link.txt'));
  symlinkSync(home, join(root, 'src', 'up'));
  engine = createSearchEngine({ roots: await createRoots([root]), cacheTtlMs: 60_000 });
  server = createSearchServer({
    version: '1',
    engine,
    ownPatterns: [{ name: 'mine', description: 'Mine.', regex: 'tooMuch' }],
  });
});

afterAll(() => {
  engine.close();
  rmSync(home, { recursive: true });
});

async function call(name: string, input: object, signal = new AbortController().signal) {
  const context = { signal, progress: () => undefined, log: () => undefined };
  const environment = {
    gate: () => undefined,
    record: () => undefined,
    redact: (text: string) => text,
  };
  const answer = await callTool(server, name, input, context, environment);
  if (!answer) throw new Error(`no tool ${name}`);
  return answer;
}

test('search_code finds a line with its place, its context and its file', async () => {
  const { structured, text } = await call('search_code', { query: 'loss >=', context: 1 });
  expect(structured).toMatchObject({
    total: 1,
    matches: [
      {
        path: 'src/bot/reader.ts',
        line: 2,
        column: 10,
        before: ['export function tooMuch(loss: number): boolean {'],
        after: ['}'],
      },
    ],
  });
  expect(text).toContain('src/bot/reader.ts:2:');
});

test('nothing secret, hidden, ignored or outside is ever found, whatever the globs say', async () => {
  const globs = [
    [],
    ['*'],
    ['**/*'],
    ['.env*'],
    ['*.key'],
    ['ignored/**'],
    ['deep.ts'],
    ['*.yml'],
    ['outside.txt'],
  ];
  for (const some of globs) {
    const { structured } = await call('search_code', { query: 'canary-secret', globs: some });
    expect(structured, String(some)).toMatchObject({ total: 0 });
  }
});

test.each([
  '../outside.txt',
  'src/link.txt',
  'src/up/outside.txt',
  '/etc/passwd',
  '.env',
  '.env.local',
  'wallet.key',
  'ignored/deep.ts',
  'src/up/project/.env',
  'x\0y',
  'secrets.yml',
  '.gitignore',
  'src',
  'nope.ts',
])('read_source refuses %j', async (path) => {
  const { ok, text } = await call('read_source', { path });
  expect(ok).toBe(false);
  expect(text).not.toContain('canary-secret');
});

test.each(['ignored', 'ignored/deep.ts', '.env', '..', 'src/up'])(
  'search_code refuses the path %j',
  async (path) => {
    const { ok, text } = await call('search_code', { query: 'canary-secret', path });
    expect(ok).toBe(false);
    expect(text).not.toContain('const canary');
  },
);

test('read_source reads lines, and says how to read on', async () => {
  const { structured } = await call('read_source', { path: 'notes.md', from: 100, lines: 5 });
  expect(structured).toMatchObject({ from: 100, to: 104, totalLines: 120, nextFrom: 105 });
  expect((await call('read_source', { path: 'notes.md', from: 999 })).text).toContain(
    'no_such_line',
  );
});

test('pages follow each other without gap or repeat, from the cache', async () => {
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const { structured } = await call('search_pattern', {
      name: 'stop_loss',
      path: 'notes.md',
      limit: 50,
      ...(cursor ? { cursor } : {}),
    });
    const { matches, nextCursor } = structured as unknown as {
      matches: { line: number }[];
      nextCursor?: string;
    };
    seen.push(...matches.map((match) => match.line));
    cursor = nextCursor;
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  expect((await call('search_code', { query: 'x', cursor: '!!' })).text).toContain(
    'invalid_cursor',
  );
});

test('a cached answer ends when a file changes', async () => {
  const query = { query: 'freshly_written' };
  expect((await call('search_code', query)).structured).toMatchObject({ total: 0, cached: false });
  expect((await call('search_code', query)).structured).toMatchObject({ total: 0, cached: true });
  writeFileSync(join(home, 'project', 'src', 'bot', 'new.ts'), 'const freshly_written = 1;\n');
  await expect
    .poll(async () => (await call('search_code', query)).structured)
    .toMatchObject({ total: 1 });
});

test('a named pattern may be the operator’s own; an unknown one is answered with the names', async () => {
  expect((await call('search_pattern', { name: 'mine' })).structured).toMatchObject({ total: 1 });
  expect((await call('search_pattern', { name: 'yours' })).text).toMatch(
    /unknown_pattern[\s\S]*stop_loss/,
  );
  const { patterns } = (await call('list_patterns', {})).structured as unknown as {
    patterns: { name: string }[];
  };
  expect(patterns.map((one) => one.name)).toEqual([
    'position_sizing',
    'risk_limits',
    'correlation_checks',
    'circuit_breaker',
    'stop_loss',
    'take_profit',
    'slippage',
    'money_calculations',
    'risk_controls',
    'variable_conflicts',
    'api_endpoints',
    'mine',
  ]);
});

test('find_symbol finds the declaration and not the uses', async () => {
  expect((await call('find_symbol', { name: 'tooMuch' })).structured).toMatchObject({
    total: 1,
    matches: [{ path: 'src/bot/reader.ts', line: 1 }],
  });
  expect((await call('find_symbol', { name: '--files' })).ok).toBe(false);
});

test('an invalid expression, and one that looks like a flag, are clear errors or plain text', async () => {
  expect((await call('search_code', { query: '(' })).text).toContain('invalid_pattern');
  expect((await call('search_code', { query: '--files' })).structured).toMatchObject({ total: 0 });
  expect((await call('search_code', { query: 'x', globs: ['[z'] })).ok).toBe(false);
});

test('a cancelled search ends at once', async () => {
  const { ok, text } = await call('search_code', { query: 'never' }, AbortSignal.abort());
  expect(ok).toBe(false);
  expect(text).toContain('cancelled');
});

test('the scan tells definitions, reads and writes apart, and flags writes outside config and core', async () => {
  const { structured } = await call('scan_risk_parameters', { parameters: ['MAX_DAILY_LOSS'] });
  const report = structured as unknown as {
    flagged: { path: string; line: number; by: string }[];
    parameters: object[];
    unparsed: string[];
  };
  expect(report.flagged.map(({ path, line, by }) => `${path}:${line} ${by}`)).toEqual([
    'bot.py:4 pattern',
    'src/bot/sneaky.ts:2 syntax',
    'src/bot/sneaky.ts:3 syntax',
    'src/bot/sneaky.ts:4 syntax',
    'src/bot/sneaky.ts:5 syntax',
  ]);
  expect(report.unparsed).toEqual(['src/broken.ts']);
  const { structured: writes } = await call('scan_risk_parameters', { kind: 'write' });
  expect(writes).toMatchObject({ totalUsages: 5 });
});

test('the rate limit says how long to wait', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => call('search_code', { query: `unique${index}` })),
  );
  expect(answers.filter((answer) => answer.text.startsWith('rate_limited')).length).toBeGreaterThan(
    5,
  );
});

test('one caller cannot use up what all may', () => {
  const limit = createRateLimit({ all: 3, caller: 1 }, () => 0);
  const greedy = {};
  const refused = () => limit(greedy);
  refused();
  refused();
  expect(refused).toThrow('more than 1 calls a second');
  for (const other of [{}, {}]) {
    limit(other);
    limit(other);
  }
  expect(() => limit({})).toThrow('more than 3 calls a second');
});
