/**
 * Every key once: its type, unit, default and meaning. Validation, the Config type, `.env.example`,
 * the README table and `pmcp config docs` all come from here.
 */
import {
  choice,
  flag,
  host,
  integer,
  type KeySpec,
  number,
  optionalText,
  path,
  port,
  type Range,
  secret,
  text,
  url,
} from './key-spec.ts';

const usdc: Range = { unit: 'USDC', min: 0 };
const fraction: Range = { unit: 'fraction, 0.02 is 2 %', min: 0, max: 1 };

export const schema = {
  ENVIRONMENT: choice(
    'Environment',
    ['development', 'staging', 'production'],
    'development',
    'Which installation this is; staging is stricter.',
  ),
  DATA_DIR: path(
    'Environment',
    './data',
    'Where all state is kept: journal, breaker, sockets, history.',
  ),

  TRADING_MODE: choice(
    'Trading',
    ['paper', 'shadow', 'live'],
    'paper',
    'paper: embedded exchange. shadow: live reads, paper fills. live: real orders.',
  ),
  LIVE_TRADING_CONFIRMATION: optionalText(
    'Trading',
    'Must be the words "I accept real losses" for live mode to start.',
  ),
  WALLETS_FILE: path(
    'Trading',
    './config/wallets.json',
    'Followed wallets with their caps, and market allow and deny lists.',
  ),
  SIZING_MODE: choice(
    'Trading',
    ['proportional', 'fixed', 'bankroll'],
    'proportional',
    'How a copy is sized: a share of the leader’s trade, a fixed sum, or a share of our equity.',
  ),
  COPY_RATIO: number(
    'Trading',
    0.1,
    'Our trade as a fraction of the leader’s (SIZING_MODE=proportional).',
    { unit: 'fraction', min: 0, max: 10 },
  ),
  FIXED_TRADE_AMOUNT: number('Trading', 5, 'Our trade (SIZING_MODE=fixed).', usdc),
  BANKROLL_FRACTION: number(
    'Trading',
    0.01,
    'Our trade as a fraction of equity (SIZING_MODE=bankroll).',
    fraction,
  ),
  MIN_TRADE_AMOUNT: number(
    'Trading',
    1,
    'Smallest copy; a smaller one is skipped, never forced up.',
    usdc,
  ),
  MAX_TRADE_AMOUNT: number('Trading', 25, 'Largest copy; a larger one is cut to it.', usdc),
  MAX_TRADE_AGE_SECONDS: number('Trading', 30, 'Oldest leader trade that is still copied.', {
    unit: 's',
    min: 1,
    max: 3600,
  }),
  MAX_BOOK_AGE_SECONDS: number('Trading', 15, 'Oldest order book that a decision may rest on.', {
    unit: 's',
    min: 1,
    max: 600,
  }),
  MONITOR_INTERVAL: number(
    'Trading',
    15,
    'Polling backstop: how often each followed wallet is read from the Data API.',
    { unit: 's', min: 1, max: 3600 },
  ),

  MAX_POSITION_SIZE: number('Risk', 50, 'Largest cost of one position.', usdc),
  MAX_DAILY_LOSS: number(
    'Risk',
    100,
    'Loss of a UTC day (realised and open) that trips the trading breaker.',
    { unit: 'USDC', min: 0.01 },
  ),
  MAX_CONCURRENT_POSITIONS: integer('Risk', 10, 'Most positions held at once.', {
    min: 1,
    max: 100_000,
  }),
  MAX_WALLET_EXPOSURE: number('Risk', 200, 'Most cost at risk behind one leader.', usdc),
  MAX_MARKET_EXPOSURE: number('Risk', 100, 'Most cost at risk in one market, both outcomes.', usdc),
  MAX_EVENT_EXPOSURE: number('Risk', 150, 'Most cost at risk in one event, all its markets.', usdc),
  MAX_TOTAL_EXPOSURE: number('Risk', 500, 'Most cost at risk in all.', usdc),
  MAX_SLIPPAGE: number(
    'Risk',
    0.02,
    'How much worse than the leader’s price a copy may fill.',
    fraction,
  ),
  STOP_LOSS_PERCENTAGE: number(
    'Risk',
    0.15,
    'Loss of a position at which it is sold; 0 is off.',
    fraction,
  ),
  TAKE_PROFIT_PERCENTAGE: number(
    'Risk',
    0.25,
    'Gain of a position at which it is sold; 0 is off.',
    { unit: 'fraction', min: 0, max: 100 },
  ),
  MAX_HOLDING_HOURS: number('Risk', 0, 'Age at which a position is sold; 0 is off.', {
    unit: 'h',
    min: 0,
  }),
  BREAKER_COOLDOWN_SECONDS: number(
    'Risk',
    3600,
    'How long a tripped breaker waits before it probes.',
    { unit: 's', min: 1 },
  ),
  MAX_CONSECUTIVE_LOSSES: integer(
    'Risk',
    5,
    'Losing positions in a row that trip the trading breaker.',
    { min: 1 },
  ),
  FEED_SILENCE_SECONDS: number(
    'Risk',
    30,
    'Silence of the live feed after which discovery is blind and entries stop.',
    { unit: 's', min: 5 },
  ),

  EXCHANGE_HOST: host('Venue', '127.0.0.1', 'Where the embedded paper exchange listens.'),
  EXCHANGE_PORT: port('Venue', 8090, 'Port of the embedded paper exchange.'),
  PAPER_BALANCE: number('Venue', 1000, 'Starting cash of the paper account.', usdc),
  PRIVATE_KEY: secret(
    'Venue',
    'Key that signs orders; better in a file (mode 0600) or a systemd credential.',
    { pattern: /^(0x)?[0-9a-fA-F]{64}$/, expected: '32 bytes in hex' },
  ),
  FUNDER_ADDRESS: optionalText(
    'Venue',
    'Wallet whose cash is traded; the signer’s own when unset.',
    { pattern: /^0x[0-9a-fA-F]{40}$/, expected: 'an address: 0x and 40 hex digits' },
  ),
  SIGNATURE_TYPE: choice(
    'Venue',
    ['EOA', 'POLY_PROXY', 'POLY_GNOSIS_SAFE', 'POLY_1271'],
    'EOA',
    'What kind of wallet FUNDER_ADDRESS is.',
  ),
  CLOB_URL: url('Venue', 'https://clob.polymarket.com', 'Order book API (shadow and live).'),
  CLOB_WS_URL: url(
    'Venue',
    'wss://ws-subscriptions-clob.polymarket.com/ws',
    'Order book and user sockets (shadow and live).',
  ),
  GAMMA_URL: url(
    'Venue',
    'https://gamma-api.polymarket.com',
    'Market metadata API (shadow and live).',
  ),
  DATA_API_URL: url(
    'Venue',
    'https://data-api.polymarket.com',
    'Trades and positions API (shadow and live).',
  ),
  RTDS_URL: url('Venue', 'wss://ws-live-data.polymarket.com', 'Live trade feed (shadow and live).'),
  RELAYER_URL: url(
    'Venue',
    'https://relayer-v2.polymarket.com',
    'Gasless transactions: deployment and redemption (live).',
  ),
  RELAYER_API_KEY: secret(
    'Venue',
    'Key for gasless transactions: smart wallets cannot redeem without one (live).',
  ),
  RELAYER_API_KEY_ADDRESS: optionalText(
    'Venue',
    'Address that RELAYER_API_KEY belongs to (live).',
    {
      pattern: /^0x[0-9a-fA-F]{40}$/,
      expected: 'an address: 0x and 40 hex digits',
    },
  ),
  RPC_URL: url('Venue', 'https://polygon.drpc.org', 'Polygon node (live).'),
  HTTP_TIMEOUT_SECONDS: number('Venue', 5, 'Limit of every call to the venue.', {
    unit: 's',
    min: 0.1,
    max: 60,
  }),

  MCP_CODEBASE_SEARCH_ENABLED: flag('MCP', true, 'Serves the codebase-search MCP server.'),
  MCP_TESTING_ENABLED: flag('MCP', true, 'Serves the testing MCP server.'),
  MCP_MONITORING_ENABLED: flag('MCP', true, 'Serves the monitoring MCP server.'),
  MCP_HTTP_HOST: host('MCP', '127.0.0.1', 'Where the MCP servers listen.'),
  MCP_HTTP_PORT: port('MCP', 8081, 'Port of the MCP servers.'),
  MCP_HTTP_TOKEN: secret(
    'MCP',
    'Bearer token that MCP clients must send; required on any bind but loopback.',
  ),
  MCP_PROJECT_DIRS: path(
    'MCP',
    '.',
    'Directories the MCP servers may read, separated by ":"; tests run in the first.',
  ),
  MCP_SEARCH_CACHE_SECONDS: number(
    'MCP',
    3600,
    'How long a search result is kept; a changed file ends it at once.',
    { unit: 's', min: 0, max: 86_400 },
  ),
  MCP_PATTERNS_FILE: optionalText('MCP', 'JSON file of further named search patterns.'),
  MCP_TESTING_COVERAGE_TARGET: number(
    'MCP',
    0.85,
    'Test coverage wanted; below 0.8 of it the mcp breaker trips.',
    fraction,
  ),
  MCP_TESTING_ALERT_ON_COVERAGE_DROP: flag('MCP', true, 'Alerts when coverage falls.'),
  MCP_MARKET_HOURS_ENABLED: flag('MCP', false, 'Holds MCP scans and deploys during market hours.'),
  MCP_MARKET_HOURS_START: integer('MCP', 9, 'Hour at which market hours begin, UTC.', {
    unit: 'h',
    min: 0,
    max: 23,
  }),
  MCP_MARKET_HOURS_END: integer('MCP', 16, 'Hour at which market hours end, UTC.', {
    unit: 'h',
    min: 0,
    max: 23,
  }),
  MCP_RESOURCE_LIMIT_MB: number(
    'MCP',
    1000,
    'Memory of all MCP servers above which their breaker trips.',
    { unit: 'MB', min: 1 },
  ),
  MCP_RESOURCE_LIMIT_CPU_PERCENT: number(
    'MCP',
    15,
    'CPU of all MCP servers above which their breaker trips.',
    { unit: '% of one core', min: 0.1, max: 100 },
  ),

  MONITORING_ENABLED: flag('Monitoring', true, 'Runs health checks at all.'),
  DASHBOARD_ENABLED: flag('Monitoring', true, 'Serves /health and the dashboard.'),
  DASHBOARD_HOST: host('Monitoring', '127.0.0.1', 'Where the dashboard listens.'),
  DASHBOARD_PORT: port('Monitoring', 8080, 'Port of /health and the dashboard.'),
  DASHBOARD_TOKEN: secret(
    'Monitoring',
    'Token asked of whoever opens the dashboard or /health; required on any bind but loopback.',
    { pattern: /^\S{16,}$/, expected: '16 or more characters without blanks' },
  ),
  DASHBOARD_REFRESH_SECONDS: number('Monitoring', 5, 'How often an open dashboard is refreshed.', {
    unit: 's',
    min: 0.5,
    max: 3600,
  }),
  METRICS_ENABLED: flag('Monitoring', true, 'Serves /metrics for Prometheus.'),
  METRICS_HOST: host('Monitoring', '127.0.0.1', 'Where /metrics listens.'),
  METRICS_PORT: port('Monitoring', 9090, 'Port of /metrics.'),
  MONITOR_INTERVAL_SECONDS: number('Monitoring', 30, 'How often health is checked.', {
    unit: 's',
    min: 1,
    max: 3600,
  }),
  MONITORING_MAX_CPU_PERCENT: number('Monitoring', 1, 'CPU budget of monitoring itself.', {
    unit: '% of one core',
    min: 0.01,
    max: 100,
  }),
  MONITORING_MAX_MEMORY_MB: number(
    'Monitoring',
    100,
    'Memory budget of monitoring beyond a bare Node process.',
    { unit: 'MB', min: 1 },
  ),

  ALERT_ENABLED: flag('Alerts', true, 'Sends alerts.'),
  TELEGRAM_BOT_TOKEN: secret('Alerts', 'Token of the Telegram bot that sends alerts.', {
    placeholder: 'staging_bot_token',
  }),
  TELEGRAM_CHAT_ID: optionalText('Alerts', 'Chat that receives alerts.'),
  TELEGRAM_PRODUCTION_CHAT_ID: optionalText(
    'Alerts',
    'Production’s chat: any other environment refuses to start with it as TELEGRAM_CHAT_ID.',
  ),
  TELEGRAM_USER_IDS: optionalText(
    'Alerts',
    'Who may send commands in that chat: Telegram user ids with commas. None: commands are off.',
    { pattern: /^\s*\d{1,16}(\s*,\s*\d{1,16})*\s*$/, expected: 'numbers with commas' },
  ),
  TELEGRAM_API_URL: url(
    'Alerts',
    'https://api.telegram.org',
    'Where the Bot API is: Telegram’s, or your own Bot API server.',
  ),
  ALERT_COOLDOWN_MINUTES: number('Alerts', 5, 'Least time between two alerts of one kind.', {
    unit: 'min',
    min: 0,
  }),
  DUPLICATE_ALERT_WINDOW_MINUTES: number(
    'Alerts',
    10,
    'Span in which an equal alert is not sent again.',
    { unit: 'min', min: 0 },
  ),
  DAILY_LOSS_WARNING_PERCENT: number(
    'Alerts',
    0.5,
    'Share of MAX_DAILY_LOSS that raises a warning.',
    fraction,
  ),
  DAILY_LOSS_CRITICAL_PERCENT: number(
    'Alerts',
    0.8,
    'Share of MAX_DAILY_LOSS that raises a critical alert.',
    fraction,
  ),

  DEPLOY_ROOT: path(
    'Deploy',
    '/opt/polymarket-copy-bot',
    'Where an installation is, on every host: releases, settings, data, backups.',
  ),
  DEPLOY_HOSTS: text(
    'Deploy',
    'local',
    'Hosts with commas: `local`, `ssh://user@host` or `ssh://user@host:port`; the first is the canary.',
  ),
  DEPLOY_SSH_CONFIG: optionalText('Deploy', 'For `ssh -F`; unset: OpenSSH’s own files.'),
  DEPLOY_OBSERVE_SECONDS: integer(
    'Deploy',
    300,
    'How long a new release is observed before it counts as good; 0: the health gate decides.',
    { unit: 's', min: 0, max: 86_400 },
  ),
  DEPLOY_GATE_SECONDS: integer('Deploy', 60, 'How long a new release may take to become healthy.', {
    unit: 's',
    min: 1,
    max: 3600,
  }),
  DEPLOY_REVERT_SECONDS: integer(
    'Deploy',
    90,
    'Silence of the operator after which a host takes an unfinished deploy back by itself.',
    { unit: 's', min: 10, max: 3600 },
  ),
  DEPLOY_CANARY_FLOOR: number(
    'Deploy',
    0.02,
    'Rise of the error rate below which no deploy is rolled back.',
    fraction,
  ),
  DEPLOY_CANARY_MIN_COUNT: integer(
    'Deploy',
    200,
    'Fewest requests before and after the switch that an error rate is told from.',
    { min: 1, max: 1_000_000 },
  ),
} as const;

export type Key = keyof typeof schema;
/** In the order of the manual. */
export const keys = Object.keys(schema) as Key[];
type ValueOf<S> = S extends KeySpec<infer Value> ? Value : never;

/** The validated configuration, by the keys' own names. Frozen. */
export type Config = { readonly [K in Key]: ValueOf<(typeof schema)[K]> };
