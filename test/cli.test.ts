import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type CommandEntry, parseArgv } from '../src/cli.ts';
import { type CommandSpec, defineCommand, type Options } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { UsageError } from '../src/errors.ts';

let ran: Options | undefined;
let loaded: string[] = [];
const context = {} as Context;
const run = async (options: Options) => {
  ran = options;
  return { schema: 'test', version: 1, data: {} };
};

const bake = defineCommand({
  name: 'bake',
  summary: 'bake a cake',
  description: 'In an\noven.\n\n  kept\n  apart',
  examples: ['pmcp bake sponge --degrees 180'],
  arguments: [
    { name: '<cake>', summary: 'which', choices: ['sponge', 'plum'] },
    { name: '[topping]', summary: 'what upon it' },
  ],
  options: [
    { flags: '--degrees <number>', summary: 'how hot', parse: 'integer', defaultValue: 200 },
    { flags: '--weight <number>', summary: 'how heavy', parse: 'number' },
    { flags: '--time <seconds>', summary: 'how long', parse: 'seconds' },
    { flags: '--tin <shape>', summary: 'in what', choices: ['round', 'square'] },
    { flags: '--host <host...>', summary: 'for whom' },
    { flags: '--fan', summary: 'with the fan' },
  ],
  run,
});
const shop = defineCommand({
  name: 'shop',
  summary: 'buy things',
  subcommands: [
    { name: 'eggs', summary: 'buy eggs', run },
    { name: 'flour', summary: 'buy flour', run },
  ],
});

const entry = (spec: CommandSpec): CommandEntry => ({
  name: spec.name,
  summary: spec.summary,
  load: async () => {
    loaded.push(spec.name);
    return spec;
  },
});
const entries = [entry(bake), entry(shop)];
const parse = (line: string) => parseArgv(line === '' ? [] : line.split(' '), entries, '1.2.3');

async function printed(line: string): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await parse(line)).toBeUndefined();
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

async function refusal(line: string): Promise<UsageError> {
  const error = await parse(line).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  return error as UsageError;
}

beforeEach(() => {
  ran = undefined;
  loaded = [];
});

describe('help', () => {
  test.each(['', '--help', '-h'])(
    'of everything for %j, without loading a command',
    async (line) => {
      const text = await printed(line);
      expect(text).toMatch(/bake\s+bake a cake\n\s+shop\s+buy things/);
      expect(text).toContain('Start here:');
      expect(loaded).toEqual([]);
    },
  );

  test('of one command teaches its options and shows examples', async () => {
    const text = await printed('bake --help');
    expect(text).toContain('bake a cake\n\nIn an oven.\n\n  kept\n  apart');
    expect(text).toContain('Examples:\n  $ pmcp bake sponge --degrees 180');
    expect(text).toContain('--degrees <number>');
    expect(loaded).toEqual(['bake']);
  });

  test('of a command without examples has none', async () => {
    expect(await printed('shop --help')).not.toContain('Examples:');
  });

  test.each(['--version', '-V'])('%s prints the version alone', async (line) => {
    expect(await printed(line)).toBe('1.2.3\n');
  });
});

describe('an invocation', () => {
  test('carries parsed options and arguments', async () => {
    const line = 'bake plum sugar --weight -0.5 --time 90 --tin round --host a b --fan';
    await (await parse(line))?.run(context);
    expect(ran).toMatchObject({
      cake: 'plum',
      topping: 'sugar',
      degrees: 200,
      weight: -0.5,
      time: 90,
      tin: 'round',
      host: ['a', 'b'],
      fan: true,
    });
  });

  test('leaves what was not given undefined', async () => {
    await (await parse('bake sponge'))?.run(context);
    expect(ran).toMatchObject({ cake: 'sponge', topping: undefined, degrees: 200 });
    expect(Object.keys(ran ?? {})).not.toContain('weight');
  });

  test.each([
    '--env staging --json --no-color --verbose --data-dir /d shop eggs',
    'shop --env staging --json --no-color eggs --verbose --data-dir /d',
    'shop eggs --env=staging --json --no-color --verbose --data-dir=/d',
  ])('takes global flags anywhere: %s', async (line) => {
    const invocation = await parse(line);
    expect(invocation?.spec.name).toBe('eggs');
    expect(invocation?.flags).toEqual({
      env: 'staging',
      json: true,
      color: false,
      verbose: true,
      dataDir: '/d',
    });
  });

  test('has plain flags by default', async () => {
    expect((await parse('shop flour'))?.flags).toEqual({
      env: undefined,
      json: false,
      color: true,
      verbose: false,
      dataDir: undefined,
    });
  });
});

describe('refused, with what to do', () => {
  test.each([
    ['bkae', "unknown command 'bkae'", 'Did you mean bake?'],
    ['zzzzzz', "unknown command 'zzzzzz'", 'See `pmcp --help`.'],
    ['bake', "missing required argument 'cake'", 'See `pmcp --help`.'],
    ['bake apple', 'cake: "apple" is not known', 'One of: sponge, plum.'],
    ['bake sponge sugar extra', /too many arguments/, 'See `pmcp --help`.'],
    ['bake sponge --degres 180', "unknown option '--degres'", 'Did you mean --degrees?'],
    ['bake sponge --tin oval', /'oval' is invalid. Allowed choices are round, square/, /.*/],
    ['bake sponge --degrees 1.5', '--degrees <number>: "1.5" is not a whole number', undefined],
    ['bake sponge --degrees 9007199254740993', /is not a whole number/, undefined],
    ['bake sponge --weight heavy', '--weight <number>: "heavy" is not a number', undefined],
    ['bake sponge --weight 1e3', /is not a number/, undefined],
    ['bake sponge --time 0', '--time <seconds>: "0" is not seconds, above 0', undefined],
    ['shop', 'pmcp shop: a subcommand is missing', 'One of: eggs, flour.'],
    ['shop egs', "pmcp shop: no subcommand 'egs'", 'One of: eggs, flour.'],
  ])('%s', async (line, message, hint) => {
    const error = await refusal(line);
    expect(error.message).toEqual(
      message instanceof RegExp ? expect.stringMatching(message) : message,
    );
    expect(error.hint).toEqual(hint instanceof RegExp ? expect.stringMatching(hint) : hint);
    expect(ran).toBeUndefined();
  });

  test('a failure while loading a command is passed on as it is', async () => {
    const broken = { name: 'broken', summary: '', load: () => Promise.reject(new Error('gone')) };
    await expect(parseArgv(['broken'], [broken], '1')).rejects.toThrow('gone');
  });
});
