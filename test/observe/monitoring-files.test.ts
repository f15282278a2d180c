import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commands } from '../../commands/index.ts';
import { freePort, type Running, startPmcp } from '../journeys/run.ts';
import { callTool } from './mcp-call.ts';
import { MONITORING, type Prometheus, startPrometheus } from './prometheus.ts';

const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
const hasPrometheus = has('prometheus');
const hasPromtool = has('promtool');
const file = (name: string) => readFileSync(join(MONITORING, name), 'utf8');

interface Target {
  expr: string;
}
interface Panel {
  type: string;
  title: string;
  targets?: Target[];
  datasource?: { uid: string };
  fieldConfig?: { defaults: { unit?: string } };
}
interface Dashboard {
  panels: Panel[];
  annotations: { list: { expr: string }[] };
  templating: { list: { type: string; name: string }[] };
}

const dashboard: Dashboard = JSON.parse(file('grafana-dashboard.json'));
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

describe('alert rules', () => {
  const rules = file('pmcp-rules.yml')
    .split(/^ {6}- alert: /m)
    .slice(1);
  const tests = file('pmcp-rules.test.yml');

  test.each(rules.map((rule) => [rule.split('\n', 1)[0] ?? '', rule] as const))(
    '%s waits, has a severity and says what to type; it is seen to fire and to stay silent',
    (name, rule) => {
      expect(rule).toMatch(/^ {8}for: \d+m$/m);
      expect(rule).toMatch(/^ {10}severity: (?:warning|critical)$/m);
      const runbook = /runbook: >-\n((?: {12}.*\n)+)/.exec(`${rule}\n`)?.[1] ?? '';
      const known = commands.map((command) => command.name);
      for (const [, command = ''] of runbook.matchAll(/\bpmcp (\S+?);?\s/g)) {
        expect(known).toContain(command);
      }
      expect(runbook).toMatch(/pmcp|systemctl|curl/);
      expect(tests).toContain(`- name: ${name} fires`);
      expect(tests).toContain(`- name: ${name} stays silent`);
    },
  );

  test('promtool runs their unit tests', ({ skip }) => {
    skip(!hasPromtool, 'promtool is not installed');
    const options = { cwd: MONITORING, encoding: 'utf8' } as const;
    const ran = spawnSync('promtool', ['test', 'rules', 'pmcp-rules.test.yml'], options);
    expect(`${ran.stdout}${ran.stderr}`).toContain('SUCCESS');
    expect(ran.status).toBe(0);
  });
});

describe('Grafana dashboard', () => {
  test('every panel asks the chosen data source and has a unit', () => {
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ type: 'datasource', name: 'datasource' }),
    );
    for (const { title, datasource, targets, fieldConfig } of panels) {
      expect(datasource?.uid, title).toBe(`\${datasource}`);
      expect(targets?.length, title).toBeGreaterThan(0);
      expect(fieldConfig?.defaults.unit, title).toMatch(/^\w+$/);
    }
  });

  test('it shows every metric of ours that is not shown by a rule alone', () => {
    const shown = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
    const source = readFileSync('src/observe/metric-definitions.ts', 'utf8');
    const names = [...source.matchAll(/'(pmcp_\w+)'/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(25);
    for (const name of names) expect(shown.join('\n')).toContain(name);
  });
});

describe.skipIf(!hasPrometheus)('a real Prometheus that scrapes a real run (prometheus)', () => {
  let run: Running | undefined;
  let prometheus: Prometheus | undefined;
  let calls: NodeJS.Timeout | undefined;

  beforeAll(async () => {
    const ports = {
      EXCHANGE_PORT: String(await freePort()),
      DASHBOARD_PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
      MCP_HTTP_PORT: String(await freePort()),
    };
    const env = { ...ports, MONITOR_INTERVAL_SECONDS: '1' };
    run = startPmcp(['up', '--speed', '30', '--scenario', 'volatile'], { env });
    await run.waitFor(/mcp ready/, 60_000);
    prometheus = await startPrometheus(ports.METRICS_PORT);
    // A rate needs calls that go on for as long as it is asked for.
    const call = () => callTool(ports.MCP_HTTP_PORT, 'monitoring', 'get_system_health');
    calls = setInterval(() => void call().catch(() => {}), 1500);
  }, 120_000);

  afterAll(async () => {
    clearInterval(calls);
    await prometheus?.stop();
    await run?.stop();
  });

  const queries = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '30s')] as const),
  );

  test.each(queries)('%s: %s', { timeout: 40_000 }, async (_title, expression) => {
    await vi.waitFor(
      async () => {
        const series = (await prometheus?.query(expression)) ?? [];
        expect(series.length).toBeGreaterThan(0);
        expect(series.some(({ value }) => Number.isFinite(Number(value[1])))).toBe(true);
      },
      { timeout: 35_000, interval: 500 },
    );
  });

  test('annotations are queries that Prometheus understands', async () => {
    for (const { expr } of dashboard.annotations.list) {
      expect(await prometheus?.query(expr)).toBeInstanceOf(Array);
    }
  });

  test('every rule evaluates without a problem', async () => {
    const data = (await prometheus?.ask('rules')) as {
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    };
    const found = data.groups.flatMap(({ rules }) => rules);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test('the process is scraped as the example says', async () => {
    expect(await prometheus?.query('up{job="pmcp"}')).toMatchObject([
      { value: [expect.anything(), '1'] },
    ]);
  });
});
