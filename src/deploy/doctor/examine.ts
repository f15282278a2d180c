import type { Config } from '../../config/schema.ts';
import { InconclusiveError, type Problem } from '../../errors.ts';
import { type Listener, whoListens } from '../../host/who-listens.ts';
import type { Facts } from '../facts/facts.ts';
import { probeHost, splitSections } from '../facts/probe.ts';
import type { Host } from '../host.ts';
import type { Layout } from '../layout.ts';
import { unitFactsOf } from '../plan/unit-facts.ts';
import { lastWords } from '../shell.ts';
import { renderUnits, type UnitFile } from '../units.ts';
import { EXAMINATION } from './script.ts';

/** Everything that the checks judge by. */
export interface Examined {
  layout: Layout;
  facts: Facts;
  /** Of this program, for what the host itself does not say. */
  config: Config;
  /** Why the configuration that was found here could not be used; the defaults stand in for it. */
  configProblems: readonly Problem[];
  /** Units as they should be there. */
  units: readonly UnitFile[];
  /** What EXAMINATION printed, by section. */
  details: ReadonlyMap<string, string>;
  /** Who has a port of ours, by what he answers; of this machine only. */
  listeners: ReadonlyMap<number, Listener>;
  /** How far the host's clock is ahead of this machine's, at least. */
  clockAheadMs: number;
}

export interface Examination {
  host: Host;
  isLocal: boolean;
  layout: Layout;
  config: Config;
  configProblems: readonly Problem[];
  signal: AbortSignal;
  nowMs(): number;
}

const EXAMINATION_MS = 60_000;

export const PORTS = ['DASHBOARD_PORT', 'METRICS_PORT', 'MCP_HTTP_PORT', 'EXCHANGE_PORT'] as const;

/** Looks at a host; changes nothing. Throws InconclusiveError when it cannot be looked at. */
export async function examine(given: Examination): Promise<Examined> {
  const { host, layout, config, configProblems, signal, nowMs } = given;
  const askedMs = nowMs();
  const facts = await probeHost(host, layout, config.ENVIRONMENT, signal);
  const clockAheadMs = aheadOf(facts.atMs, askedMs, nowMs());
  const units = renderUnits(layout.root, unitFactsOf(facts));
  const names = units.map(({ name }) => name);
  const argv = ['sh', '-s', '--', layout.root, config.ENVIRONMENT, ...names, '--'];
  const answer = await host.run([...argv, ...targetsOf(facts, config)], {
    input: EXAMINATION,
    timeoutMs: EXAMINATION_MS,
    signal,
  });
  const details = splitSections(answer.stdout);
  if (!details.has('end')) {
    throw new InconclusiveError(`${host.name}: cannot be looked at: ${lastWords(answer)}`);
  }
  const listeners = given.isLocal ? await listenersOf(facts, config) : new Map();
  return { layout, facts, config, configProblems, units, details, listeners, clockAheadMs };
}

/** 0 when the host's time lies between question and answer. */
function aheadOf(hostMs: number, askedMs: number, answeredMs: number): number {
  if (hostMs > answeredMs) return hostMs - answeredMs;
  return Math.min(0, hostMs - askedMs);
}

/** Servers elsewhere that the services will speak to. */
export function targetsOf(
  { settings, settingNames, credentials }: Facts,
  config: Config,
): string[] {
  const hasTelegram = [...settingNames, ...credentials].some((name) =>
    name.startsWith('TELEGRAM_BOT_TOKEN'),
  );
  const trades = (settings['TRADING_MODE'] ?? config.TRADING_MODE) !== 'paper';
  const urls = [
    ...(hasTelegram ? [config.TELEGRAM_API_URL] : []),
    ...(trades ? [config.CLOB_URL, config.GAMMA_URL, config.DATA_API_URL, config.RTDS_URL] : []),
  ];
  return [...new Set(urls.map(addressOf))];
}

function addressOf(text: string): string {
  const { hostname, port, protocol } = new URL(text);
  const secure = protocol === 'https:' || protocol === 'wss:';
  return `${hostname}:${port || (secure ? 443 : 80)}`;
}

export function portOf({ settings }: Facts, config: Config, key: (typeof PORTS)[number]): number {
  return Number(settings[key] ?? config[key]);
}

async function listenersOf(facts: Facts, config: Config): Promise<Map<number, Listener>> {
  const ports = PORTS.map((key) => portOf(facts, config, key));
  const taken = ports.filter((port) => facts.listening.some((one) => one.port === port));
  const found = taken.map(async (port) => [port, await whoListens('127.0.0.1', port)] as const);
  return new Map(await Promise.all(found));
}
