import { z } from 'zod';
import { READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { decodeCursor, encodeCursor, moreWith } from '../page.ts';
import type { AlertView, MonitoringPort } from '../port.ts';
import { shape } from '../shape.ts';

/** How a change made over MCP is attributed. */
const BY = 'mcp';

const alert = z.strictObject({
  id: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  title: z.string(),
  detail: z.string(),
  raisedAt: z.string(),
  resolvedAt: z.string().nullable(),
  acknowledgedBy: z.string().nullable(),
});
const listInput = z.strictObject({
  active: z.boolean().default(true).describe('Only those not resolved.'),
  limit: z.int().min(1).max(100).default(20).describe('Alerts in one answer.'),
  cursor: z.string().optional().describe('The nextCursor of the page before.'),
});
const listShape = z.strictObject({
  alerts: z.array(alert),
  total: z.int(),
  nextCursor: z.string().optional(),
});

export function listAlerts(
  port: MonitoringPort,
): ToolDefinition<z.output<typeof listInput>, z.output<typeof listShape>> {
  return {
    name: 'list_alerts',
    title: 'List alerts',
    description:
      'Alerts, newest first, with their severity and whether somebody acknowledged them.',
    hints: READ_ONLY,
    input: shape(listInput, 'input'),
    output: shape(listShape, 'output'),
    timeoutMs: 5_000,
    async run({ active, limit, cursor }) {
      const offset = cursor === undefined ? 0 : decodeCursor(cursor);
      const { alerts, total } = port.alerts.list({ active, limit, offset });
      const answer = { alerts: alerts.map(toAlert), total };
      return offset + limit < total
        ? { ...answer, nextCursor: encodeCursor(offset + limit) }
        : answer;
    },
    render: ({ alerts, total, nextCursor }) =>
      [`${total} alerts`, ...alerts.map(line), ...moreWith(nextCursor)].join('\n'),
  };
}

const ackInput = z.strictObject({
  id: z.string().min(1).max(100).describe('From list_alerts.'),
  falsePositive: z
    .boolean()
    .default(false)
    .describe('It was no real problem; feeds the weekly review.'),
});

export function acknowledgeAlert(
  port: MonitoringPort,
): ToolDefinition<z.output<typeof ackInput>, z.output<typeof alert>> {
  return {
    name: 'acknowledge_alert',
    title: 'Acknowledge an alert',
    description: 'Notes that somebody has seen an alert. It stops no check and changes no limit.',
    hints: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    input: shape(ackInput, 'input'),
    output: shape(alert, 'output'),
    timeoutMs: 5_000,
    async run({ id, falsePositive }) {
      const found = port.alerts.acknowledge(id, BY, falsePositive);
      if (!found)
        throw new ToolFailure(
          'not_found',
          `no alert ${JSON.stringify(id)}`,
          'List them with list_alerts.',
        );
      return toAlert(found);
    },
    render: line,
  };
}

function toAlert(one: AlertView): z.output<typeof alert> {
  const { id, severity, title, detail } = one;
  return {
    id,
    severity,
    title,
    detail,
    raisedAt: new Date(one.raisedAtMs).toISOString(),
    resolvedAt: one.resolvedAtMs === null ? null : new Date(one.resolvedAtMs).toISOString(),
    acknowledgedBy: one.acknowledged?.by ?? null,
  };
}

function line(one: z.output<typeof alert>): string {
  const state = one.resolvedAt === null ? 'active' : `resolved ${one.resolvedAt}`;
  const seen =
    one.acknowledgedBy === null ? 'not acknowledged' : `acknowledged by ${one.acknowledgedBy}`;
  return (
    `${one.raisedAt} ${one.severity} ${one.title}: ${one.detail} (${state}, ${seen}) ` +
    `[${one.id}]`
  );
}

const haltInput = z.strictObject({
  reason: z.string().trim().min(3).max(300).describe('Why; the operator will read it.'),
});
const halted = z.strictObject({ halted: z.boolean(), message: z.string() });

export function haltTrading(
  port: MonitoringPort,
): ToolDefinition<z.output<typeof haltInput>, z.output<typeof halted>> {
  return {
    name: 'halt_trading',
    title: 'Halt trading',
    description:
      'Stops all new trades at once; exits go on. Only the operator can resume, at a terminal. ' +
      'Use it when money is at risk, and say why.',
    hints: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
    input: shape(haltInput, 'input'),
    output: shape(halted, 'output'),
    // Stopping must work when everything else is refused.
    availableWhileTripped: true,
    timeoutMs: 5_000,
    async run({ reason }) {
      const { ok, message } = await port.halt(reason, BY);
      if (!ok)
        throw new ToolFailure(
          'not_halted',
          message,
          'Tell the operator at once: `pmcp halt` at a terminal works without the bot.',
        );
      return { halted: true, message };
    },
    render: ({ message }) => `HALTED: ${message}`,
  };
}
