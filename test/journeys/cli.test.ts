import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PMCP, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

test('--version prints the version of package.json and nothing else', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  const exit = await runPmcp(['--version']);
  expect(exit).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('--help lists every command', async () => {
  const { commands } = await import('../../commands/index.ts');
  const exit = await runPmcp(['--help']);
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  for (const command of commands) expect(exit.stdout).toContain(`  ${command.name} `);
});

test('an unknown command is one clear error with exit code 2', async () => {
  const exit = await runPmcp(['statsu']);
  expect(exit).toMatchObject({ code: 2, stdout: '' });
  expect(exit.stderr).toMatch(/^pmcp: unknown command 'statsu'\n\s+Did you mean status\?\n$/);
});

test('an unknown flag is one clear error with exit code 2', async () => {
  const exit = await runPmcp(['status', '--jsno']);
  expect(exit.code).toBe(2);
  expect(exit.stderr).toMatch(/^pmcp: unknown option '--jsno'\n\s+Did you mean --json\?\n$/);
});

test('with --json the error is one document on stdout', async () => {
  const exit = await runPmcp(['--json', 'statsu']);
  expect(exit.code).toBe(2);
  expect(JSON.parse(exit.stdout)).toMatchObject({
    schema: 'pmcp.error',
    version: 1,
    error: { name: 'UsageError', exitCode: 2 },
  });
});

test('waiting for text that never comes ends with the process, and shows its output', async () => {
  const started = startPmcp(['statsu']);
  await expect(started.waitFor(/never/)).rejects.toThrow(/ended with 2[\s\S]*unknown command/);
});

test('with --json the answer is one document on stdout, and nothing else is', async () => {
  const exit = await runPmcp(['config', 'show', '--json']);
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(exit.stdout)).toMatchObject({ schema: expect.any(String), version: 1 });
});

test('a reader that closes the pipe ends the output without a complaint', async () => {
  const script = `"${PMCP}" config docs | head -1; echo "$?"`;
  const exit = await runPmcp(['-c', script], { program: 'sh' });
  expect(exit.stdout).toMatch(/^# Configuration\n0\n$/);
  expect(exit.stderr).toBe('');
});

test('a wrong clock in the environment is a configuration error', async () => {
  const exit = await runPmcp(['config', 'check'], { env: { PMCP_CLOCK: 'noon' } });
  expect(exit.code).toBe(2);
  expect(exit.stderr).toMatch(/^pmcp: PMCP_CLOCK: "noon" is not/);
});

test('--verbose shows where a failure was thrown, in terms of the sources', async () => {
  const exit = await runPmcp(['config', 'check', '--verbose'], { env: { PMCP_CLOCK: 'noon' } });
  expect(exit.stderr).toMatch(/at parseClock .*src\/clock\.ts:\d+/);
});

test('a reader that closes the pipe ends the output, not the program', async () => {
  const command = `"${PMCP}" --help | head -n 1; "${PMCP}" mcp --help | head -n 1`;
  const options = { program: '/bin/sh', env: {} };
  const exit = await runPmcp(['-c', command], options);
  expect(exit.stdout).toBe(
    'Usage: pmcp [options] [command]\nUsage: pmcp mcp [options] [command]\n',
  );
  expect(exit.stderr).toBe('');
});

test('mcp install names a launcher that exists, and writes a client’s own file on request', async () => {
  const cwd = temporaryDirectory();
  const printed = await runPmcp(['mcp', 'install', 'json', '--json'], { cwd });
  const { configuration } = JSON.parse(printed.stdout);
  expect(configuration.mcpServers['pmcp-testing'].command).toBe(PMCP);
  const written = await runPmcp(['mcp', 'install', 'vscode', '--write'], { cwd });
  expect(written.stdout).toBe('written to .vscode/mcp.json\n');
  const file = JSON.parse(readFileSync(join(cwd, '.vscode', 'mcp.json'), 'utf8'));
  expect(Object.keys(file.servers)).toHaveLength(3);
  writeFileSync(join(cwd, '.mcp.json'), '// mine');
  const refused = await runPmcp(['mcp', 'install', 'claude-code', '--write'], { cwd });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('left alone')]);
  expect((await runPmcp(['mcp', 'install', 'json', '--write'], { cwd })).code).toBe(3);
});
