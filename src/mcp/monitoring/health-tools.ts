import { z } from 'zod';
import { READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { MAX_CHARACTERS } from '../page.ts';
import type { HealthView, MonitoringPort } from '../port.ts';
import { shape } from '../shape.ts';

const verdict = z.enum(['healthy', 'degraded', 'critical', 'disabled', 'unknown']);
const component = z.strictObject({
  status: verdict,
  message: z.string(),
  since: z.string(),
  memory_mb: z.number().optional(),
  cpu_percent: z.number().optional(),
  open_fds: z.number().optional(),
  loop_delay_ms: z.number().optional(),
  restarts: z.number().optional(),
  host_cpu_percent: z.number().optional(),
  host_memory_percent: z.number().optional(),
  disk_free_mb: z.number().optional(),
});

const system = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'critical']),
  timestamp: z.string(),
  environment: z.string(),
  components: z.record(z.string(), component),
});

export function getSystemHealth(port: MonitoringPort): ToolDefinition<object, HealthView> {
  return {
    name: 'get_system_health',
    title: 'System health',
    description:
      'The verdict on the bot and every component, since when, and what to do. Start here when ' +
      'something seems wrong.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(system, 'output'),
    timeoutMs: 2_000,
    run: async () => {
      const { status, timestamp, environment, components } = port.health();
      return { status, timestamp, environment, components };
    },
    render: ({ status, environment, components }) =>
      [
        `${environment}: ${status.toUpperCase()}`,
        ...Object.entries(components).map(([name, one]) => line(name, one)),
      ].join('\n'),
  };
}

const componentInput = z.strictObject({
  component: z.string().max(100).describe('Its name in get_system_health.'),
});
const named = z.strictObject({ name: z.string(), ...component.shape });

export function getComponentHealth(
  port: MonitoringPort,
): ToolDefinition<{ component: string }, z.output<typeof named>> {
  return {
    name: 'get_component_health',
    title: 'Health of a component',
    description:
      'One component of get_system_health, such as main_bot, wallet_monitor, trade_executor or ' +
      'circuit_breaker.',
    hints: READ_ONLY,
    input: shape(componentInput, 'input'),
    output: shape(named, 'output'),
    timeoutMs: 2_000,
    run: async ({ component: name }) => {
      const { components } = port.health();
      const one = Object.hasOwn(components, name) ? components[name] : undefined;
      if (!one) {
        throw new ToolFailure(
          'unknown_component',
          `no component ${JSON.stringify(name)}`,
          `Use one of: ${Object.keys(components).join(', ')}.`,
        );
      }
      return { name, ...one };
    },
    render: ({ name, ...one }) => line(name, one),
  };
}

function line(
  name: string,
  { status, message, since }: { status: string; message: string; since: string },
): string {
  return `${name}: ${status} since ${since}: ${message}`;
}

const usage = z.strictObject({
  processes: z.array(
    z.strictObject({
      name: z.string(),
      cpuPercent: z.number().nullable(),
      memoryMb: z.number().nullable(),
    }),
  ),
  hostCpuPercent: z.number().nullable(),
  hostMemoryPercent: z.number().nullable(),
  limits: z.strictObject({ cpuPercent: z.number(), memoryMb: z.number() }),
  withinLimits: z.boolean(),
});

export function getResourceUsage(
  port: MonitoringPort,
): ToolDefinition<object, z.output<typeof usage>> {
  return {
    name: 'get_resource_usage',
    title: 'Resource usage',
    description:
      'CPU (percent of one core) and memory of the bot and of this process, the host’s load, and ' +
      'the limits.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(usage, 'output'),
    timeoutMs: 2_000,
    run: async () => port.resources(),
    render: ({ processes, hostCpuPercent, hostMemoryPercent, withinLimits }) => {
      const rows = processes.map(
        (one) =>
          `${one.name}: CPU ${one.cpuPercent ?? 'unknown'} %, memory ${one.memoryMb ?? 'unknown'} ` +
          'MB',
      );
      return [
        `Within limits: ${withinLimits}`,
        ...rows,
        `host: CPU ${hostCpuPercent ?? 'unknown'} %, memory ${hostMemoryPercent ?? 'unknown'} %`,
      ].join('\n');
    },
  };
}

const metricsInput = z.strictObject({
  prefix: z
    .string()
    .max(100)
    .default('pmcp_')
    .describe('Only metrics whose name begins with this.'),
});
const metricsShape = z.strictObject({
  text: z.string(),
  series: z.int().describe('All that begin so.'),
  truncated: z.boolean().describe('More than fits: ask for a longer prefix.'),
});

export function getMetrics(
  port: MonitoringPort,
): ToolDefinition<z.output<typeof metricsInput>, z.output<typeof metricsShape>> {
  return {
    name: 'get_metrics',
    title: 'Metrics',
    description:
      'What the bot and this process count and measure, as Prometheus text, filtered by name. ' +
      'For one question there is mostly a tool that answers it better: latency, trades, resources.',
    hints: READ_ONLY,
    input: shape(metricsInput, 'input'),
    output: shape(metricsShape, 'output'),
    timeoutMs: 5_000,
    async run({ prefix }) {
      const lines = (await port.metrics())
        .split('\n')
        .filter((text) => text.replace(/^# (HELP|TYPE) /, '').startsWith(prefix));
      const series = lines.filter((text) => !text.startsWith('#')).length;
      const text = lines.join('\n');
      const truncated = text.length > MAX_CHARACTERS;
      const shown = truncated ? text.slice(0, text.lastIndexOf('\n', MAX_CHARACTERS)) : text;
      return { series, text: shown, truncated };
    },
    render: ({ text, series, truncated }) => {
      if (text === '') return 'No such metric.';
      return truncated ? `${text}\nCut off; ${series} series: ask for a longer prefix.` : text;
    },
  };
}
