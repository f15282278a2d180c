import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Name, help and labels of every metric but the latency histogram (latency-metric.ts). */
export function define(registry: Registry) {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    buildInfo: gauge('pmcp_build_info', 'Always 1; see its labels.', ['version', 'node']),
    health: gauge(
      'pmcp_component_health',
      '1 healthy, 0.5 degraded, 0 critical, -1 unknown; no series when disabled.',
      ['component'],
    ),
    decisions: counter(
      'pmcp_trade_decisions_total',
      'Fills of followed wallets, by what was decided and why.',
      ['outcome', 'reason'],
    ),
    orders: counter('pmcp_orders_total', 'Our orders, by what became of them.', ['outcome']),
    tripped: gauge('pmcp_breaker_tripped', '0 armed; 1 tripped, probing or halted.', ['latch']),
    trips: counter('pmcp_breaker_trips_total', 'Trips and halts of a breaker, by cause.', [
      'latch',
      'cause',
    ]),
    bot: botGauges(registry),
    dailyLossLimit: gauge('pmcp_daily_loss_limit_usdc', 'MAX_DAILY_LOSS.'),
    cpu: gauge('pmcp_process_cpu_ratio', 'CPU use; 1 is one core.', ['process']),
    resident: gauge('pmcp_process_resident_memory_bytes', 'Resident memory, children included.', [
      'process',
    ]),
    ...machineMetrics(registry),
    ...alertCounters(registry),
    checkDuration: new Histogram({
      name: 'pmcp_health_check_duration_seconds',
      help: 'One round of all health checks.',
      buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 1],
      registers,
    }),
    toolCalls: counter('pmcp_mcp_tool_calls_total', 'Calls of MCP tools.', [
      'server',
      'tool',
      'result',
    ]),
    toolDuration: new Histogram({
      name: 'pmcp_mcp_tool_duration_seconds',
      help: 'Calls of MCP tools, from request to answer.',
      labelNames: ['server', 'tool'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
  };
}

function alertCounters(registry: Registry) {
  const registers = [registry];
  return {
    alerts: new Counter({
      name: 'pmcp_alerts_total',
      help: 'Alerts, by what became of them.',
      labelNames: ['severity', 'result'],
      registers,
    }),
    commands: new Counter({
      name: 'pmcp_telegram_commands_total',
      help: 'Commands that came in by Telegram.',
      labelNames: ['command', 'result'],
      registers,
    }),
  };
}

/** What only the living bot knows; all of it is unknown when it is silent. */
function botGauges(registry: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  return {
    dailyLoss: gauge('pmcp_daily_loss_usdc', 'Loss of this UTC day, realised and open.'),
    dailyPnl: gauge('pmcp_daily_pnl_usdc', 'Gain or loss of this UTC day, realised and open.'),
    exposure: gauge('pmcp_exposure_usdc', 'Cost of open positions and of orders in flight.'),
    equity: gauge('pmcp_equity_usdc', 'Cash and open positions at their marks.'),
    completeness: gauge(
      'pmcp_discovery_completeness_ratio',
      'Share of fills seen live before the Data API showed them, last hour.',
    ),
    entriesAllowed: gauge('pmcp_entries_allowed', '1 when new trades may be entered.'),
    positions: gauge('pmcp_open_positions', 'Open positions.'),
    openOrders: gauge('pmcp_open_orders', 'Orders open at the venue.'),
    unknownOrders: gauge('pmcp_unknown_orders', 'Orders whose outcome is not known yet.'),
    clockSkew: gauge('pmcp_clock_skew_seconds', 'Clock of the bot minus that of the venue.'),
  };
}

/** Processes and host. */
function machineMetrics(registry: Registry) {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    fds: gauge('pmcp_process_open_fds', 'Open files; of the bot where its process is visible.', [
      'process',
    ]),
    fdLimit: gauge('pmcp_process_max_fds', 'Most files that may be open.', ['process']),
    loopDelay: gauge(
      'pmcp_event_loop_delay_seconds',
      'Bot: p99 of the last second. mcp: the longest since the last check.',
      ['process'],
    ),
    restarts: counter('pmcp_process_restarts_total', 'Starts of the bot after the first seen.', [
      'process',
    ]),
    hostCpu: gauge('pmcp_host_cpu_ratio', 'CPU use of the host; 1 is all cores.'),
    hostMemory: gauge('pmcp_host_memory_ratio', 'Memory of the host in use.'),
    diskFree: gauge('pmcp_disk_free_bytes', 'Free on the disk of DATA_DIR.'),
    diskSize: gauge('pmcp_disk_size_bytes', 'Size of the disk of DATA_DIR.'),
    shedLevel: gauge(
      'pmcp_monitoring_shed_level',
      'What monitoring gave up to keep its budget: 0 nothing, 3 all but health and alerts.',
    ),
    checkInterval: gauge('pmcp_health_check_interval_seconds', 'Time between two health checks.'),
  };
}
