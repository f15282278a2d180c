import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const adds = `const test = require('node:test');
const assert = require('node:assert');
const { sum } = require('./sum.js');
test('adds', () => assert.equal(sum(1, 2), 3));
test('breaks', () => assert.equal(sum(1, 2), 4));
`;
const FILES: Record<string, string> = {
  'package.json': JSON.stringify({ scripts: { test: 'node --test' } }),
  'src/config/limits.ts': 'export const MAX_DAILY_LOSS = 100;\n',
  'src/bot/reader.ts': 'export function tooMuch(loss) {\n  return loss >= MAX_DAILY_LOSS;\n}\n',
  'src/bot/sneaky.ts': "process.env['MAX_DAILY_LOSS'] = '1';\n",
  'bot.py': 'MAX_DAILY_LOSS = 100.0\n',
  'sum.js': 'exports.sum = (a, b) => a + b;\nexports.never = () => 1;\n',
  'sum.test.js': adds,
  'notes.txt': Array.from({ length: 700 }, (_, row) => `row ${row} stop_loss`).join('\n'),
  'coverage/lcov.info': Array.from(
    { length: 30 },
    (_, index) => `SF:src/core/file${index}.ts\nDA:1,1\nDA:2,0\nend_of_record\n`,
  ).join(''),
};

export interface Project {
  root: string;
  remove(): void;
}

/** A small bot of an operator: source, tests, coverage. */
export function createProject(): Project {
  const root = mkdtempSync(join(tmpdir(), 'pmcp-project-'));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
