import type { BreakerState, TripCause } from '../../core/breaker.ts';
import type { ComponentVerdict } from '../../core/status.ts';
import { words } from './format.ts';
import type { MarkKind, StageName } from './state.ts';

/** What the page calls things. */

const COMPONENTS: Record<string, string> = {
  main_bot: 'Bot',
  wallet_monitor: 'Wallet monitor',
  trade_executor: 'Trade executor',
  circuit_breaker: 'Circuit breaker',
  alert_system: 'Alerts',
  codebase_search: 'Code search (MCP)',
  testing: 'Testing (MCP)',
  monitoring: 'Monitoring',
};

export function componentName(name: string): string {
  const plain = words(name);
  return COMPONENTS[name] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

export const STAGE_NAMES: Record<StageName, { name: string; meaning: string }> = {
  internal: { name: 'Internal', meaning: 'feed row to order on the socket' },
  feed: { name: 'Feed', meaning: 'trade to feed row' },
  ack: { name: 'Answer', meaning: 'order to acknowledgement' },
};

export const MARK_NAMES: Record<MarkKind, { letter: string; name: string }> = {
  breaker: { letter: 'B', name: 'Breaker' },
  deploy: { letter: 'D', name: 'Deploy' },
  rollback: { letter: 'R', name: 'Rollback' },
  restart: { letter: 'S', name: 'Start of the bot' },
  bench: { letter: 'M', name: 'Measurement' },
  halt: { letter: 'H', name: 'Halt' },
};

const CAUSES: Record<TripCause, string> = {
  daily_loss: 'the loss of the day reached its limit',
  consecutive_losses: 'too many losing positions in a row',
  failure_rate: 'too many orders failed',
  venue_disagreement: 'the venue and the journal disagree',
  discovery_blind: 'the feeds are silent or disagree',
  state_unreadable: 'its state file could not be read',
  probe_failed: 'the probe failed',
  operator: 'tripped by an operator',
  mcp_coverage: 'test coverage is too low',
  mcp_memory: 'the MCP servers take too much memory',
  mcp_cpu: 'the MCP servers take too much CPU',
  host_stress: 'the host is under stress',
};

export interface BreakerWords {
  status: ComponentVerdict;
  headline: string;
  explanation: string;
  untilMs: number | null;
}

/** `latch` is trading or mcp. */
export function describeBreaker(latch: 'trading' | 'mcp', state: BreakerState): BreakerWords {
  const held = latch === 'trading' ? 'New trades are held; exits pass' : 'MCP features are off';
  switch (state.kind) {
    case 'armed':
      return {
        status: 'healthy',
        headline: 'armed',
        explanation: latch === 'trading' ? 'Trades pass.' : 'MCP features are on.',
        untilMs: null,
      };
    case 'tripped': {
      const detail = state.detail ? ` (${state.detail})` : '';
      const option = latch === 'trading' ? '' : ` --latch ${latch}`;
      const end = state.untilMs === null ? ` Only \`pmcp breaker reset${option}\` ends it.` : '';
      return {
        status: 'critical',
        headline: 'tripped',
        explanation: `${held}: ${CAUSES[state.cause]}${detail}.${end}`,
        untilMs: state.untilMs,
      };
    }
    case 'probing':
      return {
        status: 'degraded',
        headline: 'probing',
        explanation: `One smallest trade at a time, after: ${CAUSES[state.cause]}.`,
        untilMs: null,
      };
    case 'halted':
      return {
        status: 'critical',
        headline: 'halted',
        explanation: `${held}: ${state.reason} (by ${state.by}). \`pmcp resume\` ends it.`,
        untilMs: null,
      };
  }
}
