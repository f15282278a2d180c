import { expect, test } from 'vitest';
import { runPmcp, startPmcp } from './run.ts';

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
