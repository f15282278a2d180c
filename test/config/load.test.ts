import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig, loadWithOrigins } from '../../src/config/load.ts';
import { distance, isOurs, namespaces, suggestion } from '../../src/config/names.ts';
import { keys, schema } from '../../src/config/schema.ts';
import { load, problemOf, problemsOf, sceneDirectory } from './files.ts';

const KEY = `0x${'ab'.repeat(32)}`;

describe('precedence', () => {
  it('is defaults, .env, .env.<environment>, process environment, flags', () => {
    const files = {
      '.env': 'ENVIRONMENT=staging\nMAX_SLIPPAGE=0.01\nCOPY_RATIO=0.2\nPAPER_BALANCE=2\nDATA_DIR=a',
      '.env.staging': 'COPY_RATIO=0.3\nPAPER_BALANCE=3\nDATA_DIR=b',
      '.env.production': 'COPY_RATIO=9',
    };
    const env = { PAPER_BALANCE: '4', DATA_DIR: 'c' };
    const { config, origins, files: read } = load({ files, env, flags: { dataDir: 'd' } });
    expect(read).toEqual(['.env', '.env.staging']);
    const told = (
      ['MAX_DAILY_LOSS', 'MAX_SLIPPAGE', 'COPY_RATIO', 'PAPER_BALANCE', 'DATA_DIR'] as const
    ).map((key) => [config[key], origins[key]]);
    expect(told).toEqual([
      [100, 'default'],
      [0.01, '.env:2'],
      [0.3, '.env.staging:1'],
      [4, 'environment'],
      ['d', '--data-dir'],
    ]);
  });

  it('takes the environment from the flag, else the process, else .env, else development', () => {
    const files = { '.env': 'ENVIRONMENT=production' };
    const env = { ENVIRONMENT: 'staging' };
    expect(load({ files, env, flags: { env: 'development' } }).config.ENVIRONMENT).toBe(
      'development',
    );
    expect(load({ files, env }).config.ENVIRONMENT).toBe('staging');
    expect(load({ files }).config.ENVIRONMENT).toBe('production');
    expect(load({ files: { '.env.development': 'COPY_RATIO=1' } }).config.COPY_RATIO).toBe(1);
  });

  it('is frozen, and at its defaults without any file', async () => {
    const config = await loadConfig({ flags: {}, env: {}, directory: sceneDirectory({}) });
    expect(Object.isFrozen(config)).toBe(true);
    for (const key of keys) expect(config[key]).toBe(schema[key].defaultValue);
  });

  it('reads the working directory and the process by default', () => {
    expect(loadWithOrigins({ flags: { dataDir: '/d' } }).config.DATA_DIR).toBe('/d');
  });
});

describe('one clear problem per bad value', () => {
  it.each([
    ['MAX_DAILY_LOSS', 'abc', '"abc" is not a number', 'Allowed: a number from 0.01 (USDC).'],
    ['MAX_DAILY_LOSS', 'NaN', '"NaN" is not a number', 'Allowed: a number from 0.01 (USDC).'],
    ['MAX_DAILY_LOSS', '1e3', '"1e3" is not a number', 'Allowed: a number from 0.01 (USDC).'],
    ['MAX_DAILY_LOSS', '', 'is empty', 'Allowed: a number from 0.01 (USDC).'],
    ['MAX_DAILY_LOSS', '-1', '-1 is below 0.01', 'Allowed: a number from 0.01 (USDC).'],
    ['COPY_RATIO', '11', '11 is above 10', 'Allowed: a number from 0 to 10 (fraction).'],
    [
      'MAX_CONSECUTIVE_LOSSES',
      '2.5',
      '"2.5" is not a whole number',
      'Allowed: a whole number from 1.',
    ],
    ['METRICS_ENABLED', 'maybe', '"maybe" is not true or false', 'Allowed: true or false.'],
    [
      'SIZING_MODE',
      'PERCENTAGE',
      '"PERCENTAGE" is not one of proportional, fixed, bankroll',
      'Allowed: one of proportional, fixed, bankroll.',
    ],
    ['METRICS_PORT', '70000', '70000 is above 65535', 'Allowed: a port from 0 to 65535.'],
    ['METRICS_PORT', 'http', '"http" is not a port', 'Allowed: a port from 0 to 65535.'],
    [
      'METRICS_HOST',
      'a b',
      '"a b" is not a host name or IP address',
      'Allowed: a host name or IP address.',
    ],
    [
      'CLOB_URL',
      'wss://a',
      'the value is not a URL (http: or https:)',
      'Allowed: a URL (http: or https:).',
    ],
    [
      'RTDS_URL',
      'nonsense',
      'the value is not a URL (ws: or wss:)',
      'Allowed: a URL (ws: or wss:).',
    ],
    [
      'FUNDER_ADDRESS',
      '0x12',
      '"0x12" is not an address: 0x and 40 hex digits',
      'Allowed: an address: 0x and 40 hex digits.',
    ],
    ['DATA_DIR', '', 'is empty', 'Allowed: a path.'],
    [
      'PRIVATE_KEY',
      '0xdeadbeef',
      'the value (10 characters) is not 32 bytes in hex',
      'Allowed: 32 bytes in hex.',
    ],
    ['MAX_DAILY_LOS', '5', 'nothing reads this key', 'Did you mean MAX_DAILY_LOSS?'],
    ['max_daily_loss', '5', 'nothing reads this key', 'Did you mean MAX_DAILY_LOSS?'],
    ['DASBOARD_PORT', '5', 'nothing reads this key', 'Did you mean DASHBOARD_PORT?'],
    [
      'MCP_CODE_SEARCH_ENABLED',
      '1',
      'nothing reads this key',
      'Did you mean MCP_CODEBASE_SEARCH_ENABLED?',
    ],
    ['MCP_X', '1', 'nothing reads this key', 'Remove it; `pmcp config docs` lists every key.'],
  ])('%s=%s', (key, value, message, hint) => {
    const problem = problemOf({ files: { '.env': `${key}=${value}` } });
    expect(problem).toBe(`${key}: ${message} (.env:1) | ${hint}`);
  });

  it.each([
    ['METRICS_ENABLED', 'OFF', false],
    ['METRICS_ENABLED', 'yes', true],
    ['METRICS_HOST', '::1', '::1'],
    ['METRICS_HOST', 'metrics.example', 'metrics.example'],
    ['METRICS_PORT', '0', 0],
    ['FUNDER_ADDRESS', '', undefined],
    ['TELEGRAM_BOT_TOKEN', '', undefined],
    ['MAX_SLIPPAGE', '0.50', 0.5],
  ] as const)('%s=%s is fine', (key, value, expected) => {
    expect(load({ env: { [key]: value } }).config[key]).toBe(expected);
  });

  it('reports all of them at once, those of files and environment together', () => {
    const problems = problemsOf({
      files: { '.env': 'MAX_DAILY_LOSS=x\nMIN_TRADE_AMOUNT=30\nMAX_FOO=1\nA B' },
      env: { METRICS_PORT: '8080', MONITORING_FOO: '1' },
    });
    expect(problems).toHaveLength(6);
  });

  it('cuts long values short', () => {
    expect(problemOf({ env: { MAX_SLIPPAGE: 'x'.repeat(10_000) } }).length).toBeLessThan(250);
  });
});

describe('names', () => {
  it('claims what begins like a key, and leaves other programs alone', () => {
    expect(namespaces).toEqual(
      expect.arrayContaining([
        'MCP_',
        'MONITORING_',
        'MAX_',
        'MIN_',
        'DASHBOARD_',
        'METRICS_',
        'ALERT_',
        'TELEGRAM_',
        'DAILY_LOSS_',
        'BREAKER_',
        'COPY_',
        'SIZING_',
        'STOP_LOSS_',
        'TAKE_PROFIT_',
        'TRADING_',
        'EXCHANGE_',
        'MONITOR_',
      ]),
    );
    for (const name of ['HTTP_PROXY', 'PATH', 'NODE_ENV', 'DATADIR', 'PMCP_CLOCK', 'METRIC_PORT']) {
      expect(isOurs(name, 'environment'), name).toBe(false);
    }
    expect(load({ env: { HTTP_PROXY: 'x', HOME: '/' } }).config.COPY_RATIO).toBe(0.1);
    expect(load({ files: { '.env': 'TZ=UTC\nNODE_ENV=production' } }).files).toEqual(['.env']);
    expect(problemOf({ env: { TRADING_MOD: 'live' } })).toContain('Did you mean TRADING_MODE?');
  });

  it('suggests nothing that is far away', () => {
    expect(suggestion('MCP_SOMETHING_ELSE_ALTOGETHER')).toBeUndefined();
    expect(suggestion('PRIVATE_KEY_FIEL')).toBe('PRIVATE_KEY_FILE');
  });

  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', '', 3],
    ['abc', 'axc', 1],
    ['abcd', 'abdc', 1],
    ['kitten', 'sitting', 3],
  ])('distance of %s and %s is %d', (a, b, edits) => {
    expect(distance(a, b)).toBe(edits);
  });
});

describe('files', () => {
  it('must be text that can be read', () => {
    const directory = sceneDirectory({});
    mkdirSync(join(directory, '.env'));
    expect(() => loadWithOrigins({ flags: {}, env: {}, directory })).toThrow(/a problem/);
    expect(problemOf({ files: { '.env': '#'.repeat(1_048_577) } })).toContain('larger than 1 MB');
    const binary = Buffer.from([0xff, 0xfe, 0x41]).toString('latin1');
    expect(load({ files: { '.env': `# ${binary}` } }).files).toEqual(['.env']);
  });

  it('belong to the environment that they name', () => {
    const files = { '.env.staging': 'ENVIRONMENT=production' };
    const problem = problemOf({ files, flags: { env: 'staging' } });
    expect(problem).toContain('ENVIRONMENT: "production" in the file of staging (.env.staging:1)');
    expect(problemOf({ flags: { env: 'prod' } })).toContain('"prod" is not one of development');
  });
});

describe('.env.staging', () => {
  const text = readFileSync('.env.staging', 'utf8');

  it('means what its comments say', () => {
    const { config, origins } = load({
      files: { '.env.staging': text },
      modes: { '.env.staging': 0o644 },
      env: { ENVIRONMENT: 'staging' },
    });
    expect(config).toMatchObject({
      ENVIRONMENT: 'staging',
      MCP_CODEBASE_SEARCH_ENABLED: true,
      MCP_TESTING_ENABLED: true,
      MCP_MONITORING_ENABLED: true,
      MONITORING_MAX_CPU_PERCENT: 0.5,
      MONITORING_MAX_MEMORY_MB: 50,
      TELEGRAM_CHAT_ID: 'staging_chat_id',
      MCP_TESTING_COVERAGE_TARGET: 0.9,
      MCP_TESTING_ALERT_ON_COVERAGE_DROP: true,
      MONITORING_ENABLED: true,
      DASHBOARD_ENABLED: true,
      ALERT_ENABLED: true,
      METRICS_ENABLED: true,
      MONITOR_INTERVAL_SECONDS: 60,
      DASHBOARD_REFRESH_SECONDS: 10,
      DAILY_LOSS_WARNING_PERCENT: 0.1,
      DAILY_LOSS_CRITICAL_PERCENT: 0.12,
    });
    expect(config.TELEGRAM_BOT_TOKEN?.reveal()).toBe('staging_bot_token');
    expect(origins.MONITORING_MAX_CPU_PERCENT).toBe('.env.staging:10');
  });

  it('is refused as a whole when one of its keys is misspelt', () => {
    const files = {
      '.env.staging': text.replace('MONITOR_INTERVAL_SECONDS', 'MONITOR_INTERVAL_SECOND'),
    };
    expect(problemOf({ files, flags: { env: 'staging' } })).toContain(
      'Did you mean MONITOR_INTERVAL_SECONDS?',
    );
  });
});

it('never lets a secret out', () => {
  const secrets = { PRIVATE_KEY: KEY, TELEGRAM_BOT_TOKEN: '12345:token-of-mine' };
  const { config } = load({ env: secrets });
  const printed = [JSON.stringify(config), inspect(config, { depth: 9 }), `${config.PRIVATE_KEY}`];
  for (const text of printed) {
    expect(text).toContain('[redacted]');
    expect(text).not.toMatch(/abab|token-of-mine/);
  }
  expect(config.PRIVATE_KEY?.reveal()).toBe(KEY);
});

it('costs little', () => {
  const directory = sceneDirectory({
    files: { '.env.staging': readFileSync('.env.staging', 'utf8') },
  });
  const once = () => loadWithOrigins({ flags: { env: 'staging' }, env: process.env, directory });
  once();
  const start = performance.now();
  for (let i = 0; i < 20; i++) once();
  expect((performance.now() - start) / 20).toBeLessThan(20);
});
