import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runPmcp, startPmcp, temporaryDirectory } from './run.ts';

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const line = (seconds: number, level: string, process: string, message: string) =>
  `${JSON.stringify({ time: secondsAgo(seconds), level, process, message, kind: 'x' })}\n`;

function directoryWithLogs(): string {
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, 'logs'));
  const log = (name: string) => join(dataDir, 'logs', `${name}.log`);
  writeFileSync(
    log('bot'),
    `of old\n${line(900, 'info', 'bot', 'long ago')}${line(30, 'warn', 'bot', 'slow \u001b[31m')}`,
  );
  writeFileSync(log('mcp'), line(60, 'info', 'mcp', 'listens; token=s3cr3t-s3cr3t'));
  return dataDir;
}

test('lines of all processes in the order of their time, filtered, without secrets', async () => {
  const dataDir = directoryWithLogs();
  const env = { MCP_HTTP_TOKEN: 's3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t' };
  const messages = async (...args: string[]) => {
    const { stdout } = await runPmcp(['logs', '--json', ...args], { dataDir, env });
    return stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text).message);
  };
  const all = ['of old', 'long ago', 'listens; token=[redacted]', 'slow \u001b[31m'];
  expect(await messages()).toEqual(all);
  expect(await messages('--since', '10m')).toEqual(all.slice(2));
  expect(await messages('--level', 'warn')).toEqual(all.slice(3));
  expect(await messages('--process', 'mcp')).toEqual([all[2]]);
  expect(await messages('--lines', '1')).toEqual(all.slice(3));
  const words = await runPmcp(['logs', '--since', '1m'], { dataDir });
  expect(words.stdout).toMatch(/^\S+Z warn {2}bot {6}slow {2}\[31m\n$/);
});

test('what it cannot do it says', async () => {
  const dataDir = directoryWithLogs();
  expect(await runPmcp(['logs', '--since', 'noon'], { dataDir })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--since: noon is no span'),
  });
  expect(await runPmcp(['logs', '--lines', '0'], { dataDir })).toMatchObject({ code: 2 });
  expect(await runPmcp(['logs'], { dataDir: temporaryDirectory() })).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no logs'),
  });
});

test('follows files until it is stopped', async () => {
  const dataDir = directoryWithLogs();
  const run = startPmcp(['logs', '--follow', '--level', 'warn'], { dataDir });
  await run.waitFor(/slow/);
  const { appendFileSync } = process.getBuiltinModule('node:fs');
  appendFileSync(
    join(dataDir, 'logs', 'mcp.log'),
    `${line(0, 'info', 'mcp', 'chatter')}${line(0, 'error', 'mcp', 'trouble')}`,
  );
  await run.waitFor(/error mcp {6}trouble/);
  const { code, stdout } = await run.stop();
  expect(code).toBe(130);
  expect(stdout).not.toContain('chatter');
});

/** systemctl and journalctl as far as they are asked: one unit, two entries, then silence. */
function systemd(): string {
  const bin = temporaryDirectory();
  const program = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const entry = (message: string, seconds: number) =>
    JSON.stringify({
      MESSAGE: message,
      PRIORITY: '4',
      _SYSTEMD_UNIT: 'polymarket-bot.service',
      __REALTIME_TIMESTAMP: String((Date.now() - seconds * 1000) * 1000),
    });
  program('systemctl', 'echo "polymarket-bot.service enabled enabled"');
  program(
    'journalctl',
    `case "$*" in
*--unit=polymarket-mcp*) exit 1 ;;
*--follow*) echo '${entry('followed', 0)}'; exec sleep 60 ;;
*) echo '${entry('from the journal', 45)}' ;;
esac`,
  );
  return bin;
}

test('units write to the journal of systemd: it is read along with the files', async () => {
  const dataDir = directoryWithLogs();
  const env = { PATH: `${systemd()}:${process.env['PATH']}` };
  const read = await runPmcp(['logs', '--since', '2m'], { dataDir, env });
  expect(read.stdout).toMatch(/listens.*\n.*warn {2}bot {6}from the journal\n.*slow/);
  const run = startPmcp(['logs', '--follow', '--process', 'bot'], { dataDir, env });
  await run.waitFor(/followed/);
  expect((await run.stop()).code).toBe(130);
});
