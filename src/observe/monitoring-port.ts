import type { MonitoringPort } from '../mcp/port.ts';
import type { Alerts } from './alerts/port.ts';
import { round } from './components.ts';
import type { History } from './history/history.ts';
import type { Recorder } from './history/recorder.ts';
import type { Monitor } from './monitor.ts';

export interface PortParts {
  monitor: Monitor;
  history: History;
  recorder: Recorder;
  alerts: Alerts;
  limits: { cpuPercent: number; memoryMb: number };
  /** The clock of trading; decisions are stamped by it. */
  nowMs(): number;
}

const MEGABYTE = 1_000_000;

/** What the MCP monitoring server sees of this process. */
export function createMonitoringPort(parts: PortParts): MonitoringPort {
  const { monitor, history, recorder, alerts, limits, nowMs } = parts;
  return {
    nowMs,
    health: monitor.health,
    metrics: monitor.metrics.render,
    bot() {
      const status = monitor.status();
      const { ageMs } = monitor.view();
      if (status && ageMs !== undefined) return { status, ageMs };
      return { problem: monitor.health().components.main_bot.message };
    },
    decisions: history.decisions,
    find: history.find,
    trail: history.trail,
    latency: recorder.latency,
    alerts: {
      list: alerts.list,
      acknowledge: alerts.acknowledge,
    },
    resources() {
      const { own, botCpuPercent } = monitor.vitals();
      const status = monitor.status();
      const known = (value: number | null) => (value === null ? null : round(value));
      const botMb = status ? round(status.vitals.rssBytes / MEGABYTE) : null;
      return {
        processes: [
          { name: 'bot', cpuPercent: status ? known(botCpuPercent) : null, memoryMb: botMb },
          {
            name: 'mcp',
            cpuPercent: known(own.cpuPercent),
            memoryMb: round(own.rssBytes / MEGABYTE),
          },
        ],
        hostCpuPercent: known(own.hostCpuPercent),
        hostMemoryPercent: round(own.hostMemoryPercent),
        limits,
        withinLimits: monitor.health().resource_limits.within_limits,
      };
    },
    halt: (reason, by) => monitor.halt({ reason, by }),
    onChange(listener) {
      let seen = '';
      let held = '';
      const stopAlerts = alerts.onChange(() => listener('alerts'));
      const stop = monitor.subscribe({
        health(document) {
          const verdicts = Object.values(document.components)
            .map((one) => one.status)
            .join();
          if (verdicts === seen) return;
          seen = verdicts;
          listener('health');
        },
        status(status) {
          const positions = status.positions
            .map((one) => `${one.tokenId}:${one.sharesMicro}`)
            .join();
          if (positions === held) return;
          held = positions;
          listener('positions');
        },
        event(event) {
          if (event.kind === 'breaker') listener('breaker');
        },
      });
      return () => {
        stop();
        stopAlerts();
      };
    },
  };
}
