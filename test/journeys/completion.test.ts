import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import type { CommandSpec } from '../../src/command.ts';
import { GLOBAL_OPTIONS } from '../../src/screen/completion/tree.ts';
import { runPmcp, temporaryDirectory } from './run.ts';

const onPath = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const written = async (kind: string) => {
  const exit = await runPmcp(['completion', kind]);
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  return exit.stdout;
};
const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What a shell offers for a line whose last word is being typed. */
const ASK: Record<(typeof SHELLS)[number], (file: string, words: string[]) => string[]> = {
  bash(file, words) {
    const set = words.map((word) => `'${word}'`).join(' ');
    const state = `COMP_WORDS=(${set}); COMP_CWORD=${words.length - 1}`;
    const script = `source '${file}'; ${state}; _pmcp; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\n');
  },
  zsh(file, words) {
    // The shell's own words for what would be shown are caught where they are handed over.
    const script = `
      compdef() { }; _files() { }
      _describe() { shift 2; print -l -- "\${(@P)1}" }
      compadd() { shift; print -l -- "$@" }
      source '${file}'
      words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; PREFIX='${words.at(-1)}'
      _pmcp`;
    const answer = execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
    const all = answer.split('\n').map((line) => line.split(':')[0] ?? '');
    return all.filter((word) => word.startsWith(words.at(-1) ?? ''));
  },
  fish(file, words) {
    const script = `source '${file}'; complete -C '${words.join(' ')}'`;
    const options = {
      encoding: 'utf8',
      env: { ...process.env, HOME: temporaryDirectory() },
    } as const;
    const answer = execFileSync('fish', ['--no-config', '-c', script], options);
    return answer.split('\n').map((line) => line.split('\t')[0] ?? '');
  },
};

describe.each(SHELLS)('%s', (shell) => {
  const file = join(temporaryDirectory(), `pmcp.${shell}`);
  const offers = (...words: string[]) => ASK[shell](file, ['pmcp', ...words]).filter(Boolean);
  beforeAll(async () => writeFileSync(file, await written(shell)));

  test.skipIf(!onPath(shell))(`completes in the real ${shell}`, () => {
    const names = offers('').filter((word) => !word.startsWith('-'));
    expect(names.sort()).toEqual(commands.map(({ name }) => name).sort());
    expect(offers('re').sort()).toEqual(['releases', 'replay', 'report', 'resume', 'review']);
    expect(offers('alerts', 'ac')).toEqual(['ack']);
    expect(offers('alerts', 'ack', '--fal')).toEqual(['--false-positive']);
    expect(offers('--env', 'sta')).toEqual(['staging']);
    expect(offers('--env', 'staging', 'halt', '--js')).toEqual(['--json']);
    expect(offers('logs', '--process', '').sort()).toEqual(['bot', 'exchange', 'mcp']);
    expect(offers('logs', '--process', 'bot', '--fo')).toEqual(['--follow']);
    expect(offers('deploy', 'p')).toEqual(['production']);
    expect(offers('trades', 'list', '--nonsense')).toEqual([]);
  });
});

describe('the manual page', () => {
  let text = '';
  beforeAll(async () => {
    text = await written('man');
  });

  test.skipIf(!onPath('groff'))('is read by groff without a complaint', () => {
    const argv = ['-man', '-Tutf8', '-ww', '-z'];
    const read = spawnSync('groff', argv, { encoding: 'utf8', input: text });
    expect(read).toMatchObject({ status: 0, stderr: '' });
  });

  test('names every command, option and argument that there is', async () => {
    const page = text.replaceAll('\\-', '-');
    const check = (spec: CommandSpec, parent: string) => {
      const name = `${parent} ${spec.name}`;
      const words = [...(spec.options ?? []).map(({ flags }) => flags)];
      for (const argument of spec.arguments ?? []) words.push(argument.name);
      expect(page.includes(name), name).toBe(true);
      for (const word of words) expect(page.includes(`.B ${word}\n`), `${name} ${word}`).toBe(true);
      for (const sub of spec.subcommands ?? []) check(sub, name);
    };
    for (const entry of commands) check(await entry.load(), 'pmcp');
  });

  test('has the options of every command in the words of --help', async () => {
    const help = (await runPmcp(['--help'])).stdout.replaceAll(/\s+/g, ' ');
    for (const { flags, summary } of GLOBAL_OPTIONS) expect(help).toContain(`${flags} ${summary}`);
  });
});
