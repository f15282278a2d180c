import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { configProblems } from '../../src/deploy/config-check.ts';
import { PMCP, temporaryDirectory } from '../journeys/run.ts';
import { createGround } from './ground.ts';
import { bare, factsOf, OLD, requestOf } from './sample.ts';

const { signal } = new AbortController();
const packed = (from: string) =>
  execFileSync('tar', ['-czf', '-', '-C', from, ...BUNDLE], { maxBuffer: 64_000_000 });
const BUNDLE = ['--exclude=*.map', '--exclude=dist/page', 'dist'];
const project = resolve(PMCP, '../..');

/** A release whose whole bundle is this program. */
function release(program: string): Uint8Array {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/pmcp.cjs'), program);
  return packed(directory);
}

function checking(env: string) {
  const { layout, host } = createGround();
  mkdirSync(join(layout.config, 'credentials'), { recursive: true });
  mkdirSync(`${layout.release(OLD)}/runtime`, { recursive: true });
  symlinkSync(process.execPath, `${layout.release(OLD)}/runtime/node`);
  writeFileSync(join(layout.config, '.env'), env);
  const facts = factsOf();
  return (bundle: Uint8Array, current: string | undefined = OLD) => {
    const request = requestOf(facts, { layout });
    const asked = { ...request, release: { ...request.release, bundle } };
    return configProblems(host, { ...facts, current }, asked, signal);
  };
}

test('the code of the new release judges the settings of today, before it is there', async () => {
  const left = readdirSync('/dev/shm').filter((name) => name.startsWith('pmcp-check'));
  const ours = packed(project);
  expect(await checking('MAX_DAILY_LOSS=50\n')(ours)).toEqual([]);
  const problems = await checking('MAX_DAILY_LOSS=much\nMAX_POSITION_SIZ=1\n')(ours);
  const messages = problems.map(({ message }) => message);
  expect(messages.join('\n')).toMatch(/the new release refuses the configuration: MAX_DAILY_LOSS/);
  expect(messages.join('\n')).toMatch(/MAX_POSITION_SIZ\b/);
  expect(problems.map(({ hint }) => hint).join()).toMatch(/Did you mean.*Allowed/);
  const after = readdirSync('/dev/shm').filter((name) => name.startsWith('pmcp-check'));
  expect(after).toEqual(left);
});

test('one that gives no answer is not taken for one that agrees', async () => {
  const check = checking('');
  const said = await check(release(`console.error('too old a Node'); process.exit(1);`));
  expect(said).toMatchObject([
    {
      message: 'the new release refuses the configuration: too old a Node',
      hint: expect.stringContaining('config check'),
    },
  ]);
  const [none] = await check(new Uint8Array());
  expect(none?.message).toMatch(/refuses the configuration: /);
});

test('it is told of the environment, and where secrets are', async () => {
  const program = `const { CREDENTIALS_DIRECTORY } = process.env;
    const message = [process.cwd(), CREDENTIALS_DIRECTORY, ...process.argv.slice(2)].join(' ');
    console.log(JSON.stringify({ schema: 'pmcp.error', error: { problems: [{ message }] } }));
    process.exit(2);`;
  const [told] = await checking('')(release(program));
  expect(told?.message).toMatch(
    /: (\S+) \1\/credentials config check --env production --data-dir \S+ --json$/,
  );
  // On a bare host there is nothing to ask with.
  const { host } = createGround();
  const request = requestOf(factsOf());
  expect(await configProblems(host, bare(), request, signal)).toEqual([]);
});
