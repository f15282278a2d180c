import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadWithOrigins } from '../../../src/config/load.ts';
import { keys } from '../../../src/config/schema.ts';
import { envDiff } from '../../../src/plan/review/env-diff.ts';
import { readLines } from '../../../src/plan/review/env-lines.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-env-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const load = (env = {}) => loadWithOrigins({ flags: {}, env, directory });
const settings = (env = {}) => {
  const { config, origins } = load(env);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = config[key];
      return typeof value === 'number' ? [[key, { value, origin: origins[key] }] as const] : [];
    }),
  );
};
const proposal = (key: string, to: number) => ({ key, from: 0, to, reason: 'r', evidence: 'e' });
const apply = (patch: string) => {
  execFileSync('patch', ['-p1', '-d', directory, '--quiet'], { input: patch });
};

test('the patch changes what is set, adds what is not, and nothing else; secrets stay out of it', () => {
  writeFileSync(join(directory, '.env'), '# mine\nENVIRONMENT=production\nMAX_TRADE_AMOUNT = 20\n');
  const lines = [
    `PRIVATE_KEY=${'1'.repeat(64)}`,
    'MONITOR_INTERVAL_SECONDS="15" # fast',
    'MAX_SLIPPAGE=0.01',
  ];
  writeFileSync(join(directory, '.env.production'), lines.join('\n'));
  chmodSync(join(directory, '.env.production'), 0o600);
  const proposals = [
    proposal('MONITOR_INTERVAL_SECONDS', 30),
    proposal('MAX_TRADE_AMOUNT', 16),
    proposal('MCP_RESOURCE_LIMIT_MB', 200),
    proposal('BREAKER_COOLDOWN_SECONDS', 7200),
  ];
  const { patch, byHand } = envDiff(proposals, settings(), '.env', readLines(directory));
  expect(byHand).toEqual([]);
  expect(patch).not.toContain('1111');
  expect(patch).toContain('-MONITOR_INTERVAL_SECONDS="15" # fast\n+MONITOR_INTERVAL_SECONDS=30\n');
  apply(patch);
  const after = load().config;
  for (const { key, to } of proposals) expect(after[key as 'MAX_TRADE_AMOUNT'], key).toBe(to);
  expect(after.MAX_SLIPPAGE).toBe(0.01);
  expect(readFileSync(join(directory, '.env'), 'utf8')).toMatch(
    /^# mine\nENVIRONMENT=production\nMAX_TRADE_AMOUNT=16\n/,
  );
});

test('a file that is not there yet is made', () => {
  const { patch } = envDiff(
    [proposal('MAX_TRADE_AMOUNT', 16)],
    settings(),
    '.env',
    readLines(directory),
  );
  apply(patch);
  expect(readFileSync(join(directory, '.env'), 'utf8')).toBe('MAX_TRADE_AMOUNT=16\n');
});

test('what the process environment sets is for a person', () => {
  const found = settings({ MAX_TRADE_AMOUNT: '20' });
  const { patch, byHand } = envDiff(
    [proposal('MAX_TRADE_AMOUNT', 16)],
    found,
    '.env',
    readLines(directory),
  );
  expect(patch).toBe('');
  expect(byHand).toEqual(['MAX_TRADE_AMOUNT is set by environment: change it to 16 there.']);
});

test('nothing proposed, no patch', () => {
  expect(envDiff([], settings(), '.env', readLines(directory))).toEqual({ patch: '', byHand: [] });
});
