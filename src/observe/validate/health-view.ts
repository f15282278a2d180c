import { among, figure, flag, nullable, object, type Shape, text } from '../../core/shape.ts';
import { components } from '../components.ts';
import type { HealthDocument } from '../health.ts';
import { ask } from './probe.ts';

const component = object({
  status: among('healthy', 'degraded', 'critical', 'disabled', 'unknown'),
  message: text,
  since: text,
});

const document: Shape = object({
  schema: among('pmcp.health'),
  version: figure,
  status: among('healthy', 'degraded', 'critical'),
  timestamp: text,
  environment: text,
  components: object(Object.fromEntries(components.map(({ name }) => [name, component]))),
  performance: object({
    trading_latency_ms: object({ p50: nullable(figure), p99: nullable(figure) }),
  }),
  resource_limits: object({
    cpu_percent: nullable(figure),
    memory_mb: figure,
    within_limits: flag,
  }),
});

/** The document of a running installation, checked against the contract; rejects otherwise. */
export async function fetchHealth(
  origin: string,
  token: string | undefined,
): Promise<HealthDocument> {
  const headers: Record<string, string> =
    token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const { status, body } = await ask({ url: `${origin}/health`, headers });
  if (status !== 200) throw new Error(`/health answers HTTP ${status}`);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('/health is not JSON');
  }
  const problem = document(value, '');
  if (problem !== undefined) throw new Error(`/health breaks its contract: ${problem}`);
  return value as HealthDocument;
}
