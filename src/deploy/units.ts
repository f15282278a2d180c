import { MCP_CPU_LIMITS } from '../host/unit-limits.ts';
import { hiddenFromMcp } from './hidden.ts';
import { type Layout, layoutOf, UNITS } from './layout.ts';
import { renderReviewUnits } from './review-units.ts';
import {
  confinement,
  credentials,
  credentialsDirectory,
  install,
  runsAs,
  startLimits,
} from './unit-parts.ts';
import { joined, unitText } from './unit-text.ts';

/** Of paper installations only: the venue that the bot trades on. */
export const EXCHANGE_UNIT = 'polymarket-exchange.service';

/** Secrets that each service may be given, by their configuration key. */
export const CREDENTIALS = {
  bot: ['PRIVATE_KEY', 'RELAYER_API_KEY'],
  mcp: ['MCP_HTTP_TOKEN', 'DASHBOARD_TOKEN', 'TELEGRAM_BOT_TOKEN'],
} as const;

/** What the units depend on besides the root. */
export interface UnitFacts {
  /** Names of the files in `credentials/` of the configuration, each a secret of that key. */
  credentials: readonly string[];
  /** The bot trades on the embedded exchange, which then runs as a service too. */
  paper: boolean;
  /**
   * Alerts go to Telegram, or the services listen beyond loopback: without it the kernel lets the
   * mcp service speak to this machine only.
   */
  mcpReachesOut: boolean;
}

/** What `systemd/` in the project holds. */
export const DEFAULT_FACTS: UnitFacts = { credentials: [], paper: true, mcpReachesOut: false };

/** One file in the directory of systemd's units. */
export interface UnitFile {
  name: string;
  text: string;
}

/** What changes with the bot alone: of the other units none is needed for trading. */
export const isBotUnit = (name: string) => /^polymarket-(?:bot|exchange)\./.test(name);

/** Every unit of an installation in `root`. */
export function renderUnits(root: string, facts: UnitFacts): UnitFile[] {
  const layout = layoutOf(root);
  return [
    { name: UNITS.bot, text: botUnit(layout, facts) },
    { name: UNITS.mcp, text: mcpUnit(layout, facts) },
    ...(facts.paper ? [{ name: EXCHANGE_UNIT, text: exchangeUnit(layout) }] : []),
    ...renderReviewUnits(layout, facts.credentials),
  ];
}

function botUnit(layout: Layout, facts: UnitFacts): string {
  const exchange = facts.paper ? [EXCHANGE_UNIT] : [];
  return unitText('Trades: follows wallets, decides, places and settles orders.', [
    {
      name: 'Unit',
      lines: [
        ['Description', 'Polymarket copy-trading bot'],
        ['Wants', joined('network-online.target', ...exchange)],
        ['After', joined('network-online.target', 'time-sync.target', ...exchange)],
        ...startLimits(10),
      ],
    },
    {
      name: 'Service',
      lines: [
        ['ExecStart', `${layout.currentBot}/bin/pmcp bot`],
        ...runsAs(layout),
        ['WatchdogSec', '30'],
        // Entries are held, what is on its way is settled, all is durable: under three seconds.
        ['TimeoutStopSec', '10'],
        ['RestartSec', '1'],
        '# Trading comes first when the machine is short of anything.',
        ['CPUWeight', '800'],
        ['IOWeight', '800'],
        ['OOMScoreAdjust', '-500'],
        ['MemoryMax', '2G'],
        ['MemorySwapMax', '0'],
        ['TasksMax', '64'],
        ['LimitNOFILE', '65536'],
        ...credentials(layout, CREDENTIALS.bot, facts.credentials),
        ...confinement,
        ['ReadWritePaths', layout.data],
        ['InaccessiblePaths', `-${credentialsDirectory(layout)}`],
      ],
    },
    install,
  ]);
}

function mcpUnit(layout: Layout, facts: UnitFacts): string {
  return unitText('Watches: MCP servers, health, metrics, alerts. Never needed for trading.', [
    {
      name: 'Unit',
      lines: [
        ['Description', 'MCP servers and monitoring of the Polymarket copy-trading bot'],
        '# Wants and nothing stronger: neither its start nor its end ever stops the bot.',
        ['Wants', UNITS.bot],
        ['After', joined('network.target', UNITS.bot)],
        ...startLimits(10),
      ],
    },
    {
      name: 'Service',
      lines: [
        ['ExecStart', `${layout.current}/bin/pmcp mcp`],
        ...runsAs(layout),
        '# Raised by the service itself when its rounds are further apart.',
        ['WatchdogSec', '120'],
        ['TimeoutStopSec', '5'],
        ['RestartSec', '2'],
        '# 15 % of one core, in short periods so that stalls are short, and 1 GB.',
        ...Object.entries(MCP_CPU_LIMITS),
        ['MemoryHigh', '992M'],
        ['MemoryMax', '1G'],
        ['MemorySwapMax', '0'],
        ['IOSchedulingClass', 'idle'],
        ['IOWeight', '10'],
        '# The first to go when memory runs out; of its own limit only the greedy process dies.',
        ['OOMScoreAdjust', '900'],
        ['OOMPolicy', 'continue'],
        ['TasksMax', '256'],
        ['LimitNOFILE', '16384'],
        ...credentials(layout, CREDENTIALS.mcp, facts.credentials),
        ...confinement,
        ...(facts.mcpReachesOut
          ? []
          : ([
              ['IPAddressDeny', 'any'],
              ['IPAddressAllow', 'localhost'],
            ] as const)),
        '# It keeps its own history beside the bot’s files, and sees none of those but the sockets.',
        ['ReadWritePaths', layout.data],
        ...hiddenFromMcp(layout),
      ],
    },
    install,
  ]);
}

function exchangeUnit(layout: Layout): string {
  return unitText('Paper only: the venue that the bot trades on, on this machine.', [
    {
      name: 'Unit',
      lines: [
        ['Description', 'Embedded paper exchange of the Polymarket copy-trading bot'],
        ['After', 'network.target'],
        ...startLimits(10),
      ],
    },
    {
      name: 'Service',
      lines: [
        ['ExecStart', `${layout.currentBot}/bin/pmcp exchange`],
        ...runsAs(layout),
        ['TimeoutStopSec', '10'],
        ['RestartSec', '1'],
        ['CPUWeight', '400'],
        ['MemoryMax', '1G'],
        ['MemorySwapMax', '0'],
        ['TasksMax', '64'],
        ['LimitNOFILE', '16384'],
        ...confinement,
        ['IPAddressDeny', 'any'],
        ['IPAddressAllow', 'localhost'],
        ['ReadWritePaths', layout.data],
        ['InaccessiblePaths', `-${credentialsDirectory(layout)}`],
      ],
    },
    install,
  ]);
}
