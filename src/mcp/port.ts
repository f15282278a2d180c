/** What the monitoring server needs of the monitor; commands/mcp.ts connects the two. */
import type { LatencySpan } from '../core/latency-delta.ts';
import type { BotEvent, BotStatus, ComponentVerdict } from '../core/status.ts';

export type DecisionEvent = Extract<BotEvent, { kind: 'decision' }>;
export type StepEvent = Extract<BotEvent, { kind: 'order' | 'settlement' }>;

export interface ComponentView {
  status: ComponentVerdict;
  message: string;
  since: string;
  memory_mb?: number;
  cpu_percent?: number;
  open_fds?: number;
  loop_delay_ms?: number;
  restarts?: number;
  host_cpu_percent?: number;
  host_memory_percent?: number;
  disk_free_mb?: number;
}

export interface HealthView {
  status: 'healthy' | 'degraded' | 'critical';
  timestamp: string;
  environment: string;
  components: Record<string, ComponentView>;
}

export interface AlertView {
  id: string;
  severity: 'info' | 'warning' | 'critical';
  title: string;
  detail: string;
  raisedAtMs: number;
  resolvedAtMs: number | null;
  acknowledged: { by: string; atMs: number; falsePositive: boolean } | null;
}

export interface ResourceView {
  processes: { name: string; cpuPercent: number | null; memoryMb: number | null }[];
  hostCpuPercent: number | null;
  hostMemoryPercent: number | null;
  limits: { cpuPercent: number; memoryMb: number };
  withinLimits: boolean;
}

export interface MonitoringPort {
  nowMs(): number;
  health(): HealthView;
  metrics(): Promise<string>;
  /** The bot's newest status; a text says why there is none that can be trusted. */
  bot(): { status: BotStatus; ageMs: number } | { problem: string };
  decisions(query: {
    result?: 'copy' | 'skip' | undefined;
    reason?: string | undefined;
    wallet?: string | undefined;
    sinceMs?: number | undefined;
    limit: number;
    offset: number;
  }): { decisions: { atMs: number; event: DecisionEvent }[]; total: number };
  find(id: string, limit: number): { atMs: number; event: DecisionEvent }[];
  trail(orderId: string): { atMs: number; event: StepEvent }[];
  /** Latency per stage since a moment, from history and what is not yet in it. */
  latency(sinceMs: number): Record<'feed' | 'internal' | 'ack', LatencySpan>;
  alerts: {
    list(filter: { active: boolean; limit: number; offset: number }): {
      alerts: AlertView[];
      total: number;
    };
    /** undefined: no such alert. */
    acknowledge(id: string, by: string, falsePositive: boolean): AlertView | undefined;
  };
  resources(): ResourceView;
  /** Asks the bot; resolves with its answer, or with why it could not be asked. */
  halt(reason: string, by: string): Promise<{ ok: boolean; message: string }>;
  onChange(listener: (what: 'health' | 'breaker' | 'positions' | 'alerts') => void): () => void;
}
