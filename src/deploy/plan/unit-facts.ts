import type { Facts } from '../facts/facts.ts';
import type { UnitFacts } from '../units.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const HOSTS = ['DASHBOARD_HOST', 'METRICS_HOST', 'MCP_HTTP_HOST'] as const;

/** What the units of a host depend on, from the settings that are there. */
export function unitFactsOf({ settings, settingNames, credentials }: Facts): UnitFacts {
  const isSet = (key: string) =>
    [...settingNames, ...credentials].some((name) => name === key || name === `${key}_FILE`);
  const alerts = settings['ALERT_ENABLED'] !== 'false' && isSet('TELEGRAM_BOT_TOKEN');
  const beyond = HOSTS.some((key) => !LOOPBACK.has(settings[key] ?? '127.0.0.1'));
  return {
    credentials,
    paper: (settings['TRADING_MODE'] ?? 'paper') === 'paper',
    mcpReachesOut: alerts || beyond,
  };
}
