import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectFiles } from '../../house/source.ts';
import { type RealServers, SERVERS, startRealServers } from '../real/servers.ts';
import {
  GENERIC,
  NOT_APPLICABLE,
  RUNS,
  type RunName,
  STATELESS_NEEDS_FIXTURES,
} from './expected.ts';
import { startFixture } from './fixture.ts';
import { report } from './report.ts';
import { runSuite, type SuiteRun } from './suite.ts';

const root = resolve(import.meta.dirname, '../../..');
const names = Object.keys(RUNS) as RunName[];
const revisions = ['2025-11-25', '2026-07-28'] as const;

const onFixture = new Map<RunName, SuiteRun>();
const onServer = new Map<string, SuiteRun>();

const run = (url: string, name: RunName) => runSuite(RUNS[name].suite, url, [...RUNS[name].words]);

beforeAll(async () => {
  const fixture = await startFixture();
  let real: RealServers | undefined;
  try {
    real = await startRealServers();
    // One after the other: the suite has limits of time, and the machine may be busy.
    for (const name of names) onFixture.set(name, await run(fixture.url, name));
    for (const server of SERVERS) {
      for (const name of revisions) {
        onServer.set(`${server} ${name}`, await run(real.url(server), name));
      }
    }
  } finally {
    await real?.close();
    await fixture.close();
  }
}, 300_000);

describe.each(names)('the fixture, %s', (name) => {
  test('every scenario that applies passes, with at least one check', () => {
    const scenarios = onFixture.get(name)?.scenarios ?? {};
    const applicable = Object.entries(scenarios).filter(([one]) => !(one in NOT_APPLICABLE));
    expect(applicable.length).toBeGreaterThanOrEqual(name === '2026-07-28' ? 39 : 31);
    const bad = applicable.filter(([, { passed, failures }]) => passed === 0 || failures.length);
    expect(bad).toEqual([]);
  });

  test('the suite itself says that it conforms', () => {
    expect(onFixture.get(name)?.exitCode).toBe(0);
  });
});

describe.each(SERVERS)('%s', (server) => {
  test.each(revisions)('the generic scenarios pass, %s', (name) => {
    const scenarios = onServer.get(`${server} ${name}`)?.scenarios ?? {};
    for (const scenario of GENERIC[name]) {
      expect(scenarios[scenario]?.failures, scenario).toEqual([]);
      expect(scenarios[scenario]?.passed, scenario).toBeGreaterThan(0);
    }
  });

  test('server-stateless fails only where it needs tools of the suite', () => {
    const stateless = onServer.get(`${server} 2026-07-28`)?.scenarios['server-stateless'];
    const failed = stateless?.failures.map((failure) => failure.split(': ')[0]);
    expect(failed).toEqual(STATELESS_NEEDS_FIXTURES);
    expect(stateless?.failures.every((failure) => failure.includes('Not testable'))).toBe(true);
    expect(stateless?.passed).toBeGreaterThanOrEqual(20);
  });
});

test('docs/mcp-conformance.md says what the suite said (vitest -u writes it)', async () => {
  const fixture = Object.fromEntries(onFixture) as Record<RunName, SuiteRun>;
  const text = report(fixture, Object.fromEntries(onServer));
  await expect(text).toMatchFileSnapshot(join(root, 'docs/mcp-conformance.md'));
});

test('the fixture cannot be reached from what is shipped', () => {
  const shipped = projectFiles().filter(({ path }) => /^(src|commands|bin|scripts)\//.test(path));
  expect(shipped.length).toBeGreaterThan(100);
  const telling = /conformance|\btest\/|fixture-(legacy|modern)/;
  const lines = shipped.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => /\b(import|require|from)\b/.test(line) && telling.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(lines).toEqual([]);
});
