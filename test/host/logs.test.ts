import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { fromJournal } from '../../src/host/journald.ts';
import { createLineLog } from '../../src/host/line-log.ts';
import { followLog, loggedProcesses, readLog } from '../../src/host/log-files.ts';
import { temporaryDirectory } from '../journeys/run.ts';

function lineLog(redact?: (text: string) => string) {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const file = { write, close: () => {} };
  const log = createLineLog(file, 'bot', redact, () => 0);
  return {
    ...log,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

test('pieces become lines, streams do not mix, and the last words are kept', () => {
  const log = lineLog();
  log.stdout('one\ntw');
  log.stderr('pmcp: bad\n');
  log.stdout('o\n\n');
  log.stderr('cut off');
  log.remark('info', 'ended');
  log.stdout('x'.repeat(70_000));
  expect(log.lines()).toMatchObject([
    { level: 'info', message: 'one', process: 'bot', time: '1970-01-01T00:00:00.000Z' },
    { level: 'error', message: 'pmcp: bad' },
    { level: 'info', message: 'two' },
    { level: 'warn', message: 'cut off' },
    { level: 'info', message: 'ended' },
    { message: 'x'.repeat(70_000) },
  ]);
  log.close();
  expect(log.lines()).toHaveLength(6);
});

test('no secret is written, and what is left is still JSON', () => {
  const log = lineLog((text) => text.replaceAll(/hunter2"?/g, '[redacted]'));
  log.stdout('{"password": "hunter2"}\n');
  const told = { time: '2026-05-03T10:00:00Z', level: 'info', process: 'bot', message: 'hunter2' };
  log.stdout(`${JSON.stringify(told)}\n`);
  log.remark('error', 'hunter2');
  expect(JSON.stringify(log.lines())).not.toContain('hunter2');
  expect(log.lines()).toHaveLength(3);
});

test('both halves of a turned-over log are read, oldest first; nothing is no error', () => {
  const directory = temporaryDirectory();
  expect(loggedProcesses(join(directory, 'nothing'))).toEqual([]);
  writeFileSync(join(directory, 'bot.log.1'), 'a\n');
  writeFileSync(join(directory, 'bot.log'), 'b\n');
  writeFileSync(join(directory, 'mcp.log'), '');
  expect(loggedProcesses(directory)).toEqual(['bot', 'mcp']);
  expect(readLog(directory, 'bot')).toEqual(['a', 'b']);
  expect(readLog(directory, 'bot', 0)).toEqual(['a']);
  expect(readLog(directory, 'exchange')).toEqual([]);
});

test('follows additions, half lines, letters of several bytes, a turn-over and a late start', async () => {
  const directory = join(temporaryDirectory(), 'logs');
  mkdirSync(directory);
  const path = join(directory, 'bot.log');
  writeFileSync(path, 'old\n');
  const seen: string[] = [];
  const bot = followLog(directory, 'bot', (line) => seen.push(line));
  const mcp = followLog(directory, 'mcp', (line) => seen.push(line));
  const euro = Buffer.from('euro €\n');
  appendFileSync(path, 'new\nha');
  await vi.waitFor(() => expect(seen).toEqual(['new']));
  appendFileSync(path, Buffer.concat([Buffer.from('lf\n'), euro.subarray(0, 6)]));
  await vi.waitFor(() => expect(seen).toEqual(['new', 'half']));
  appendFileSync(path, euro.subarray(6));
  await vi.waitFor(() => expect(seen.at(-1)).toBe('euro €'));
  appendFileSync(path, 'last\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'first\n');
  writeFileSync(join(directory, 'mcp.log'), 'there\n');
  await vi.waitFor(() => expect(seen.slice(3).sort()).toEqual(['first', 'last', 'there']));
  bot.stop();
  mcp.stop();
});

test('entries of the journal', () => {
  const entry = (fields: object) =>
    JSON.stringify({ __REALTIME_TIMESTAMP: '1700000000000000', MESSAGE: 'hi', ...fields });
  expect(fromJournal(entry({ PRIORITY: '3', _SYSTEMD_UNIT: 'polymarket-bot.service' }))).toEqual({
    time: '2023-11-14T22:13:20.000Z',
    level: 'error',
    process: 'bot',
    message: 'hi',
  });
  expect(fromJournal(entry({ UNIT: 'cron.service' }))).toMatchObject({
    level: 'info',
    process: 'cron.service',
  });
  expect(fromJournal(entry({ PRIORITY: '99' }))?.level).toBe('info');
  const own = { time: '2026-05-03T10:00:00Z', level: 'warn', process: 'mcp', message: 'own' };
  expect(fromJournal(entry({ MESSAGE: JSON.stringify(own) }))).toEqual(own);
  expect(fromJournal(entry({ MESSAGE: [1, 2] }))).toBeUndefined();
  expect(fromJournal('{"MESSAGE":"no time"}')).toBeUndefined();
  expect(fromJournal('nonsense')).toBeUndefined();
});
