/** Rules between keys. Every rule speaks, so that all problems are reported at once. */
import type { Problem } from '../errors.ts';
import { type Config, type Key, schema } from './schema.ts';

export interface Checked {
  config: Config;
  /** Where a key was set, in brackets: `(.env:3)`. */
  origin(key: Key): string;
}

export interface Rule {
  name: string;
  /** What the rule reads: it is skipped when one of these is itself wrong. */
  keys: readonly Key[];
  check(checked: Checked): Problem | undefined;
}

type NumberKey = { [K in Key]: Config[K] extends number ? K : never }[Key];

/** `low` may not exceed `high`. */
function atMost(low: NumberKey, high: NumberKey): Rule {
  return {
    name: `${low} is at most ${high}`,
    keys: [low, high],
    check({ config, origin }) {
      if (config[low] <= config[high]) return undefined;
      const left = `${low} ${config[low]} ${origin(low)}`;
      return {
        message: `${left} is above ${high} ${config[high]} ${origin(high)}`,
        hint: `Lower ${low} or raise ${high}.`,
      };
    },
  };
}

/** Staging is for finding trouble early: no budget of it is laxer than production's default. */
function stagingIsStrict(key: NumberKey, bound: 'most' | 'least'): Rule {
  return {
    name: `staging: ${key} is at ${bound} production's`,
    keys: ['ENVIRONMENT', key],
    check({ config, origin }) {
      const limit = schema[key].defaultValue;
      const fine = bound === 'most' ? config[key] <= limit : config[key] >= limit;
      if (config.ENVIRONMENT !== 'staging' || fine) return undefined;
      return {
        message: `${key}: ${config[key]} ${origin(key)} is laxer than production's ${limit}`,
        hint: `Staging is stricter than production: at ${bound} ${limit}.`,
      };
    },
  };
}

const PORTS = ['DASHBOARD_PORT', 'METRICS_PORT', 'MCP_HTTP_PORT', 'EXCHANGE_PORT'] as const;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const LIVE_WORDS = 'I accept real losses';

function beyondLoopback(
  what: string,
  hostKey: 'MCP_HTTP_HOST' | 'DASHBOARD_HOST',
  tokenKey: 'MCP_HTTP_TOKEN' | 'DASHBOARD_TOKEN',
): Rule {
  return {
    name: `${what} beyond loopback needs a token`,
    keys: [hostKey, tokenKey],
    check({ config, origin }) {
      const host = config[hostKey];
      if (LOOPBACK.has(host) || config[tokenKey]) return undefined;
      return {
        message: `${hostKey}: ${host} ${origin(hostKey)} is not loopback, and no token is set`,
        hint: `Set ${tokenKey}_FILE to a file of mode 0600, or bind to 127.0.0.1.`,
      };
    },
  };
}

function live(name: string, keys: readonly Key[], check: Rule['check']): Rule {
  const inLive: Rule['check'] = (checked) =>
    checked.config.TRADING_MODE === 'live' ? check(checked) : undefined;
  return { name: `live: ${name}`, keys: ['TRADING_MODE', ...keys], check: inLive };
}

export const rules: readonly Rule[] = [
  atMost('MIN_TRADE_AMOUNT', 'MAX_TRADE_AMOUNT'),
  atMost('MAX_TRADE_AMOUNT', 'MAX_POSITION_SIZE'),
  atMost('MAX_POSITION_SIZE', 'MAX_MARKET_EXPOSURE'),
  atMost('MAX_MARKET_EXPOSURE', 'MAX_EVENT_EXPOSURE'),
  atMost('MAX_EVENT_EXPOSURE', 'MAX_TOTAL_EXPOSURE'),
  atMost('MAX_WALLET_EXPOSURE', 'MAX_TOTAL_EXPOSURE'),
  {
    name: 'a fixed trade lies between the least and the most',
    keys: ['SIZING_MODE', 'FIXED_TRADE_AMOUNT', 'MIN_TRADE_AMOUNT', 'MAX_TRADE_AMOUNT'],
    check({ config, origin }) {
      const amount = config.FIXED_TRADE_AMOUNT;
      if (config.SIZING_MODE !== 'fixed') return undefined;
      if (amount >= config.MIN_TRADE_AMOUNT && amount <= config.MAX_TRADE_AMOUNT) return undefined;
      const range = `${config.MIN_TRADE_AMOUNT} to ${config.MAX_TRADE_AMOUNT}`;
      return {
        message: `FIXED_TRADE_AMOUNT: ${amount} ${origin('FIXED_TRADE_AMOUNT')} would never trade`,
        hint: `MIN_TRADE_AMOUNT to MAX_TRADE_AMOUNT is ${range}.`,
      };
    },
  },
  {
    name: 'the warning comes before the alarm',
    keys: ['DAILY_LOSS_WARNING_PERCENT', 'DAILY_LOSS_CRITICAL_PERCENT'],
    check({ config, origin }) {
      const warning = config.DAILY_LOSS_WARNING_PERCENT;
      const critical = config.DAILY_LOSS_CRITICAL_PERCENT;
      if (warning < critical) return undefined;
      const at = origin('DAILY_LOSS_WARNING_PERCENT');
      const other = origin('DAILY_LOSS_CRITICAL_PERCENT');
      return {
        message: `DAILY_LOSS_WARNING_PERCENT: ${warning} ${at} is not below the critical one`,
        hint: `DAILY_LOSS_CRITICAL_PERCENT is ${critical} ${other}.`,
      };
    },
  },
  {
    name: 'production’s chat is for production',
    keys: ['ENVIRONMENT', 'TELEGRAM_CHAT_ID', 'TELEGRAM_PRODUCTION_CHAT_ID'],
    check({ config, origin }) {
      const chat = config.TELEGRAM_CHAT_ID;
      if (config.ENVIRONMENT === 'production' || chat === undefined) return undefined;
      if (chat !== config.TELEGRAM_PRODUCTION_CHAT_ID) return undefined;
      const at = origin('TELEGRAM_CHAT_ID');
      return {
        message: `TELEGRAM_CHAT_ID: ${at} is production’s chat, in ${config.ENVIRONMENT}`,
        hint: 'Give each environment a chat of its own, so that no alert is taken for another’s.',
      };
    },
  },
  beyondLoopback('MCP', 'MCP_HTTP_HOST', 'MCP_HTTP_TOKEN'),
  beyondLoopback('the dashboard', 'DASHBOARD_HOST', 'DASHBOARD_TOKEN'),
  {
    name: 'every server has its own port',
    keys: PORTS,
    check({ config, origin }) {
      const twice = PORTS.find((key, index) =>
        PORTS.slice(0, index).some((other) => config[key] !== 0 && config[other] === config[key]),
      );
      if (!twice) return undefined;
      const sharing = PORTS.filter((key) => config[key] === config[twice]);
      const names = sharing.map((key) => `${key} ${origin(key)}`).join(' and ');
      return {
        message: `${names} are all ${config[twice]}`,
        hint: 'Give each its own port.',
      };
    },
  },
  {
    name: 'market hours are not empty',
    keys: ['MCP_MARKET_HOURS_ENABLED', 'MCP_MARKET_HOURS_START', 'MCP_MARKET_HOURS_END'],
    check({ config, origin }) {
      const start = config.MCP_MARKET_HOURS_START;
      if (!config.MCP_MARKET_HOURS_ENABLED || start !== config.MCP_MARKET_HOURS_END) {
        return undefined;
      }
      const at = origin('MCP_MARKET_HOURS_START');
      return {
        message: `MCP_MARKET_HOURS_START: ${start} ${at} is also the end`,
        hint: 'Set MCP_MARKET_HOURS_ENABLED=false for none; an earlier end is on the next day.',
      };
    },
  },
  {
    name: 'an installation has a directory of its own',
    keys: ['DEPLOY_ROOT'],
    check({ config, origin }) {
      // It becomes part of units and of commands for root: nothing there may need quoting.
      if (/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(config.DEPLOY_ROOT)) return undefined;
      return {
        message: `DEPLOY_ROOT: ${config.DEPLOY_ROOT} ${origin('DEPLOY_ROOT')} is no such path`,
        hint: 'Name an absolute directory, of letters, digits, dots and dashes.',
      };
    },
  },
  live('the risk is confirmed in words', ['LIVE_TRADING_CONFIRMATION'], ({ config, origin }) =>
    config.LIVE_TRADING_CONFIRMATION === LIVE_WORDS
      ? undefined
      : {
          message: `TRADING_MODE: live ${origin('TRADING_MODE')} is not confirmed`,
          hint: `Set LIVE_TRADING_CONFIRMATION="${LIVE_WORDS}" if you mean it.`,
        },
  ),
  live('real money is for production', ['ENVIRONMENT'], ({ config, origin }) =>
    config.ENVIRONMENT === 'production'
      ? undefined
      : {
          message: `TRADING_MODE: live ${origin('TRADING_MODE')} in ${config.ENVIRONMENT}`,
          hint: 'Set ENVIRONMENT=production, or TRADING_MODE=paper or shadow.',
        },
  ),
  // Only the bot is given the key, and refuses to trade without one. Monitoring, reviews and the
  // operator's own commands read the same configuration and must never need it.
  live('the key comes out of a file', ['PRIVATE_KEY'], ({ config, origin }) => {
    const at = origin('PRIVATE_KEY');
    if (!config.PRIVATE_KEY || /PRIVATE_KEY_FILE=|systemd credential/.test(at)) return undefined;
    return {
      message: `PRIVATE_KEY: comes from ${at}; live mode takes it from a file only`,
      hint: 'Set PRIVATE_KEY_FILE to a file of mode 0600, or use a systemd credential PRIVATE_KEY.',
    };
  }),
  live('a wallet contract has an address', ['SIGNATURE_TYPE', 'FUNDER_ADDRESS'], (checked) => {
    const { config, origin } = checked;
    if (config.SIGNATURE_TYPE === 'EOA' || config.FUNDER_ADDRESS) return undefined;
    const at = origin('SIGNATURE_TYPE');
    return {
      message: `FUNDER_ADDRESS: not set, and SIGNATURE_TYPE is ${config.SIGNATURE_TYPE} ${at}`,
      hint: 'Set FUNDER_ADDRESS to the wallet that holds the cash.',
    };
  }),
  stagingIsStrict('MONITORING_MAX_CPU_PERCENT', 'most'),
  stagingIsStrict('MONITORING_MAX_MEMORY_MB', 'most'),
  stagingIsStrict('MCP_TESTING_COVERAGE_TARGET', 'least'),
  stagingIsStrict('DAILY_LOSS_WARNING_PERCENT', 'most'),
  stagingIsStrict('DAILY_LOSS_CRITICAL_PERCENT', 'most'),
];
