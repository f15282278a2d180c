/** Alerts as the rest of the process sees them: the dashboard, the MCP server, the command line. */

import type { Silence } from '../../core/alerts/silence.ts';

export type Severity = 'info' | 'warning' | 'critical';

export interface Alert {
  id: string;
  /** What is wrong, the same text for the same trouble: alerts are deduplicated by it. */
  key: string;
  severity: Severity;
  title: string;
  detail: string;
  raisedAtMs: number;
  resolvedAtMs: number | null;
  acknowledged: { by: string; atMs: number; falsePositive: boolean } | null;
}

export interface AlertFilter {
  /** Only those not resolved. */
  active: boolean;
  limit: number;
  offset: number;
}

export interface Alerts {
  /** Newest first. */
  list(filter: AlertFilter): { alerts: Alert[]; total: number };
  /** Silences and maintenance that have not ended. */
  silences(): readonly Silence[];
  /** undefined: no such alert. */
  acknowledge(id: string, by: string, falsePositive: boolean): Alert | undefined;
  onChange(listener: () => void): () => void;
}
