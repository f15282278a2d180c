import type { BreakerState } from '../../core/breaker.ts';
import type { CallContext, ResourceDefinition, ServerDefinition } from '../definition.ts';
import type { MonitoringPort } from '../port.ts';
import { acknowledgeAlert, haltTrading, listAlerts } from './alert-tools.ts';
import { explainTrade, listTrades } from './decision-tools.ts';
import {
  getComponentHealth,
  getMetrics,
  getResourceUsage,
  getSystemHealth,
} from './health-tools.ts';
import { PROMPTS } from './prompts.ts';
import { getBreakerState, getPositions, getTradingLatency } from './trading-tools.ts';

/** The monitoring server: everything to see, and one thing to do: halt. */
export function createMonitoringServer({
  version,
  port,
  ownLatch,
}: {
  version: string;
  port: MonitoringPort;
  /** The mcp latch of this process. */
  ownLatch(): BreakerState;
}): ServerDefinition {
  const health = getSystemHealth(port);
  const breaker = getBreakerState(port, ownLatch);
  const positions = getPositions(port);
  const alerts = listAlerts(port);
  const explain = explainTrade(port);
  return {
    name: 'monitoring',
    title: 'Monitoring',
    version,
    instructions:
      'Shows a live copy-trading bot. Begin with get_system_health. Money figures are USDC as ' +
      'decimal text. ' +
      'When the bot is silent its figures are unknown: say so, never quote old ones. ' +
      'halt_trading stops new trades and only the operator can resume; nothing else here changes ' +
      'trading.',
    tools: [
      health,
      getComponentHealth(port),
      getMetrics(port),
      breaker,
      getTradingLatency(port),
      listTrades(port),
      explain,
      positions,
      alerts,
      acknowledgeAlert(port),
      getResourceUsage(port),
      haltTrading(port),
    ],
    resources: [
      resource('health', 'System health', 'The verdict on every component.', (context) =>
        health.run({}, context),
      ),
      resource('breaker', 'Circuit breaker', 'Whether new trades are allowed.', (context) =>
        breaker.run({}, context),
      ),
      resource('positions', 'Positions', 'Open positions and PnL.', (context) =>
        positions.run({}, context),
      ),
      resource('alerts', 'Active alerts', 'Alerts that are not resolved.', (context) =>
        alerts.run({ active: true, limit: 50, cursor: undefined }, context),
      ),
    ],
    templates: [
      {
        uriTemplate: 'pmcp://trades/{id}',
        name: 'trade',
        title: 'A decision',
        description: 'Why one trade was copied or skipped.',
        mimeType: 'application/json',
        async read({ id = '' }, context) {
          if (port.find(id, 1).length === 0) return undefined;
          return {
            mimeType: 'application/json',
            text: JSON.stringify(await explain.run({ id }, context), null, 2),
          };
        },
        complete: async (_, value) => port.find(value, 20).map(({ event }) => event.fillId),
      },
      {
        uriTemplate: 'pmcp://health/{component}',
        name: 'component',
        title: 'Health of a component',
        description: 'One component of the health document.',
        mimeType: 'application/json',
        async read({ component = '' }) {
          const { components } = port.health();
          if (!Object.hasOwn(components, component)) return undefined;
          return {
            mimeType: 'application/json',
            text: JSON.stringify(components[component], null, 2),
          };
        },
        complete: async (_, value) =>
          Object.keys(port.health().components).filter((name) => name.startsWith(value)),
      },
    ],
    prompts: PROMPTS,
    onChange: (listener) =>
      port.onChange((what) => listener({ kind: 'resource', uri: `pmcp://${what}` })),
  };
}

function resource(
  name: string,
  title: string,
  description: string,
  read: (context: CallContext) => Promise<object>,
): ResourceDefinition {
  const mimeType = 'application/json';
  return {
    uri: `pmcp://${name}`,
    name,
    title,
    description,
    mimeType,
    read: async (context) => ({ mimeType, text: JSON.stringify(await read(context), null, 2) }),
  };
}
