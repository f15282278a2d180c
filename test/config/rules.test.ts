import { describe, expect, it } from 'vitest';
import { rules } from '../../src/config/rules.ts';
import { load, problemOf, problemsOf } from './files.ts';

const KEY = `0x${'ab'.repeat(32)}`;
const live = {
  files: { key: KEY },
  env: {
    ENVIRONMENT: 'production',
    TRADING_MODE: 'live',
    LIVE_TRADING_CONFIRMATION: 'I accept real losses',
    PRIVATE_KEY_FILE: 'key',
  } as Record<string, string>,
};
const without = (key: string) => {
  const { [key]: _, ...env } = live.env;
  return env;
};

describe('rules between keys', () => {
  /** By the name of the rule: settings that break it and no other, and what is said. */
  const broken: Record<string, [Record<string, string>, string]> = {
    'MIN_TRADE_AMOUNT is at most MAX_TRADE_AMOUNT': [
      { MIN_TRADE_AMOUNT: '30' },
      '30 (environment) is above MAX_TRADE_AMOUNT 25 (default) | Lower MIN_TRADE_AMOUNT or raise',
    ],
    'MAX_TRADE_AMOUNT is at most MAX_POSITION_SIZE': [{ MAX_TRADE_AMOUNT: '51' }, '51'],
    'MAX_POSITION_SIZE is at most MAX_MARKET_EXPOSURE': [{ MAX_POSITION_SIZE: '101' }, '101'],
    'MAX_MARKET_EXPOSURE is at most MAX_EVENT_EXPOSURE': [{ MAX_MARKET_EXPOSURE: '151' }, '151'],
    'MAX_EVENT_EXPOSURE is at most MAX_TOTAL_EXPOSURE': [{ MAX_EVENT_EXPOSURE: '501' }, '501'],
    'MAX_WALLET_EXPOSURE is at most MAX_TOTAL_EXPOSURE': [{ MAX_WALLET_EXPOSURE: '501' }, '501'],
    'a fixed trade lies between the least and the most': [
      { SIZING_MODE: 'fixed', FIXED_TRADE_AMOUNT: '26' },
      'FIXED_TRADE_AMOUNT: 26 (environment) would never trade',
    ],
    'the warning comes before the alarm': [
      { DAILY_LOSS_WARNING_PERCENT: '0.8' },
      'DAILY_LOSS_WARNING_PERCENT: 0.8 (environment) is not below',
    ],
    'production’s chat is for production': [
      { ENVIRONMENT: 'staging', TELEGRAM_CHAT_ID: '-5', TELEGRAM_PRODUCTION_CHAT_ID: '-5' },
      'TELEGRAM_CHAT_ID: (environment) is production’s chat, in staging',
    ],
    'MCP beyond loopback needs a token': [
      { MCP_HTTP_HOST: '0.0.0.0' },
      'MCP_HTTP_HOST: 0.0.0.0 (environment) is not loopback, and no token is set',
    ],
    'the dashboard beyond loopback needs a token': [
      { DASHBOARD_HOST: '0.0.0.0' },
      'DASHBOARD_HOST: 0.0.0.0 (environment) is not loopback, and no token is set',
    ],
    'every server has its own port': [
      { METRICS_PORT: '8080' },
      'DASHBOARD_PORT (default) and METRICS_PORT (environment) are all 8080',
    ],
    'market hours are not empty': [
      { MCP_MARKET_HOURS_ENABLED: 'true', MCP_MARKET_HOURS_START: '16' },
      'MCP_MARKET_HOURS_START: 16 (environment) is also the end',
    ],
    'an installation has a directory of its own': [
      { DEPLOY_ROOT: '/opt/my bot' },
      'DEPLOY_ROOT: /opt/my bot (environment) is no such path | Name an absolute directory',
    ],
    'live: the risk is confirmed in words': [
      { ...live.env, LIVE_TRADING_CONFIRMATION: 'yes' },
      'is not confirmed | Set LIVE_TRADING_CONFIRMATION="I accept real losses"',
    ],
    'live: real money is for production': [
      { ...live.env, ENVIRONMENT: 'staging' },
      'TRADING_MODE: live (environment) in staging',
    ],
    'live: the key comes out of a file': [
      { ...without('PRIVATE_KEY_FILE'), PRIVATE_KEY: KEY },
      'PRIVATE_KEY: comes from (environment)',
    ],
    'live: a wallet contract has an address': [
      { ...live.env, SIGNATURE_TYPE: 'POLY_PROXY' },
      'FUNDER_ADDRESS: not set, and SIGNATURE_TYPE is POLY_PROXY (environment)',
    ],
    "staging: MONITORING_MAX_CPU_PERCENT is at most production's": [
      { ENVIRONMENT: 'staging', MONITORING_MAX_CPU_PERCENT: '2' },
      "MONITORING_MAX_CPU_PERCENT: 2 (environment) is laxer than production's 1",
    ],
    "staging: MONITORING_MAX_MEMORY_MB is at most production's": [
      { ENVIRONMENT: 'staging', MONITORING_MAX_MEMORY_MB: '101' },
      'laxer',
    ],
    "staging: MCP_TESTING_COVERAGE_TARGET is at least production's": [
      { ENVIRONMENT: 'staging', MCP_TESTING_COVERAGE_TARGET: '0.8' },
      'at least 0.85',
    ],
    "staging: DAILY_LOSS_WARNING_PERCENT is at most production's": [
      { ENVIRONMENT: 'staging', DAILY_LOSS_WARNING_PERCENT: '0.6' },
      'laxer',
    ],
    "staging: DAILY_LOSS_CRITICAL_PERCENT is at most production's": [
      { ENVIRONMENT: 'staging', DAILY_LOSS_CRITICAL_PERCENT: '0.9' },
      'laxer',
    ],
  };

  it.each(rules)('$name', ({ name }) => {
    const [env, said] = broken[name] ?? [{}, 'has no sample'];
    expect(problemOf({ files: live.files, env })).toContain(said);
  });

  it('are silent about what is allowed', () => {
    load(live);
    load({ env: { SIZING_MODE: 'fixed', FIXED_TRADE_AMOUNT: '25' } });
    load({ env: { METRICS_PORT: '0', DASHBOARD_PORT: '0' } });
    const chat = { TELEGRAM_CHAT_ID: '-5', TELEGRAM_PRODUCTION_CHAT_ID: '-5' };
    load({ env: { ENVIRONMENT: 'production', ...chat } });
    load({ env: { ENVIRONMENT: 'staging', ...chat, TELEGRAM_CHAT_ID: '-6' } });
    load({ env: { MCP_HTTP_HOST: '0.0.0.0', MCP_HTTP_TOKEN: 'x'.repeat(64) } });
    load({ env: { DASHBOARD_HOST: '0.0.0.0', DASHBOARD_TOKEN: 'x'.repeat(16) } });
    load({ env: { MCP_MARKET_HOURS_ENABLED: 'true', MCP_MARKET_HOURS_START: '22' } });
    load({ env: { MONITORING_MAX_CPU_PERCENT: '2', ENVIRONMENT: 'production' } });
    const wallet = { SIGNATURE_TYPE: 'POLY_PROXY', FUNDER_ADDRESS: `0x${'1'.repeat(40)}` };
    load({ ...live, env: { ...live.env, ...wallet } });
  });

  it('are skipped when one of their keys is itself wrong', () => {
    expect(problemOf({ env: { MIN_TRADE_AMOUNT: 'x' } })).toContain('is not a number');
  });
});

describe('secrets in files', () => {
  it('come by name, and by systemd credential', () => {
    const { config, origins } = load(live);
    expect(config.PRIVATE_KEY?.reveal()).toBe(KEY);
    expect(origins.PRIVATE_KEY).toBe('PRIVATE_KEY_FILE=key (environment)');
  });

  it('whoever does not trade needs no key: monitoring reads the same configuration', () => {
    expect(load({ env: without('PRIVATE_KEY_FILE') }).config.PRIVATE_KEY).toBeUndefined();
  });

  it('live mode takes the key from nowhere else', () => {
    const env = { ...without('PRIVATE_KEY_FILE'), PRIVATE_KEY: KEY };
    const problem = problemOf({ env });
    expect(problem).toContain('comes from (environment); live mode takes it from a file only');
    expect(problem).not.toContain('abab');
  });

  it.each([0o644, 0o640, 0o604])('refuses a key file of mode %o', (mode) => {
    const problem = problemOf({ ...live, modes: { key: mode } });
    expect(problem).toContain('others may read that file (mode 0');
    expect(problem).toContain('chmod 600');
  });

  it.each([
    ['.env', 'PRIVATE_KEY', KEY],
    ['.env', 'TELEGRAM_BOT_TOKEN', '1:x'],
  ])('refuses a readable %s with %s in it', (name, key, value) => {
    const files = { [name]: `${key}=${value}` };
    expect(problemOf({ files, modes: { [name]: 0o644 } })).toContain(`${key}: .env holds it`);
    expect(load({ files }).origins.PRIVATE_KEY).toBe(key === 'PRIVATE_KEY' ? '.env:1' : 'default');
  });

  it('refuses a file that is missing, empty, endless or wrong', () => {
    const at = (path: string) =>
      problemOf({ files: { empty: '\n' }, env: { TELEGRAM_BOT_TOKEN_FILE: path } });
    expect(at('nowhere')).toContain('cannot be read: ENOENT');
    expect(at('empty')).toContain('is empty');
    const problems = problemsOf({ env: { TELEGRAM_BOT_TOKEN_FILE: '/dev/zero' } });
    expect(problems.map(({ message }) => message).join()).toContain('larger than 64 KB');
    expect(problemOf({ files: { key: 'password' }, env: { PRIVATE_KEY_FILE: 'key' } })).toContain(
      'the value (8 characters) is not 32 bytes in hex (PRIVATE_KEY_FILE=key (environment))',
    );
  });

  it('refuses the same secret twice in one place, and lets the later place win', () => {
    const files = { key: KEY, '.env': 'PRIVATE_KEY_FILE=key' };
    const other = `0x${'cd'.repeat(32)}`;
    expect(load({ files, env: { PRIVATE_KEY: other } }).config.PRIVATE_KEY?.reveal()).toBe(other);
    expect(problemOf({ files, env: { PRIVATE_KEY: other, PRIVATE_KEY_FILE: 'key' } })).toContain(
      'given twice, as PRIVATE_KEY (environment) and as PRIVATE_KEY_FILE (environment)',
    );
    const empty = { key: KEY, '.env': 'PRIVATE_KEY=\nPRIVATE_KEY_FILE=key' };
    expect(load({ files: empty }).config.PRIVATE_KEY?.reveal()).toBe(KEY);
  });

  it('reads a systemd credential of the usual mode, and no world-readable one', async () => {
    const { sceneDirectory } = await import('./files.ts');
    const withMode = (mode: number) =>
      sceneDirectory({ files: { PRIVATE_KEY: KEY }, modes: { PRIVATE_KEY: mode } });
    const env = { ...without('PRIVATE_KEY_FILE') };
    const { config } = load({ env: { ...env, CREDENTIALS_DIRECTORY: withMode(0o440) } });
    expect(config.PRIVATE_KEY?.reveal()).toBe(KEY);
    expect(problemOf({ env: { ...env, CREDENTIALS_DIRECTORY: withMode(0o444) } })).toContain(
      'others may read that file',
    );
  });
});
