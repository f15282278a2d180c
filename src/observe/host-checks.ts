import type { ComponentVerdict } from '../core/status.ts';
import type { Evidence } from '../core/verdicts.ts';
import { type ComponentName, currentStatus, type Facts } from './components.ts';

/** Something about the machine that the component stands on. `healthy` is a mere remark. */
export interface Concern {
  status: Extract<ComponentVerdict, 'healthy' | 'degraded' | 'critical'>;
  message: string;
}

const MEGABYTE = 1_000_000;

/** Each adds to the verdict of one component. A further check is one further entry. */
const hostChecks: readonly {
  name: string;
  component: ComponentName;
  check(facts: Facts): Concern | undefined;
}[] = [
  { name: 'disk of DATA_DIR', component: 'main_bot', check: disk },
  {
    name: 'open files of the bot',
    component: 'main_bot',
    check: ({ sampled }) => files(sampled.bot.fds, sampled.bot.fdLimit),
  },
  { name: 'event loop of the bot', component: 'main_bot', check: botLoop },
  {
    name: 'open files of monitoring',
    component: 'monitoring',
    check: ({ sampled }) => files(sampled.own.fds, sampled.ownFdLimit),
  },
  { name: 'memory of the host', component: 'monitoring', check: hostMemory },
  { name: 'CPU of the host', component: 'monitoring', check: hostCpu },
];

const RANK = { healthy: 0, degraded: 1, critical: 2 };

/** The evidence together with what the machine says about it. */
export function withHostChecks(name: ComponentName, evidence: Evidence, facts: Facts): Evidence {
  // Dead, unknown or switched off: the machine adds nothing to that.
  if (evidence.status !== 'healthy' && evidence.status !== 'degraded') return evidence;
  let { message, certain = false } = evidence;
  let status: Concern['status'] = evidence.status;
  for (const one of hostChecks) {
    const concern = one.component === name ? one.check(facts) : undefined;
    if (!concern) continue;
    // A healthy component's message says nothing that matters beside a trouble.
    const replaces = status === 'healthy' && concern.status !== 'healthy';
    message = replaces ? concern.message : `${message}; ${concern.message}`;
    if (RANK[concern.status] > RANK[status]) status = concern.status;
    certain ||= concern.status === 'critical';
  }
  return { ...evidence, status, message, certain };
}

/** The journal stops all entries on a full disk. */
function disk({ sampled }: Facts): Concern | undefined {
  if (!sampled.disk) return undefined;
  const { totalBytes, freeBytes } = sampled.disk;
  const share = totalBytes > 0 ? freeBytes / totalBytes : 1;
  const critical = freeBytes < 50 * MEGABYTE;
  if (!critical && freeBytes >= 500 * MEGABYTE && share >= 0.02) return undefined;
  const free = `${Math.floor(freeBytes / MEGABYTE)} MB`;
  return {
    status: critical ? 'critical' : 'degraded',
    message: `${free} left on the disk of DATA_DIR: free some; entries stop when it is full`,
  };
}

function files(open: number | null, limit: number | null): Concern | undefined {
  if (open === null || limit === null || open <= 0.8 * limit) return undefined;
  return {
    status: 'degraded',
    message: `${open} of ${limit} files are open: raise LimitNOFILE, then restart it`,
  };
}

const SLOW_LOOP_MS = 1000;

function botLoop(facts: Facts): Concern | undefined {
  const delayMs = currentStatus(facts)?.vitals.loopDelayP99Ms ?? 0;
  if (delayMs <= SLOW_LOOP_MS) return undefined;
  return {
    status: 'degraded',
    message: `event loop ${Math.round(delayMs)} ms late: the host is too busy, or the bot is`,
  };
}

function hostMemory({ sampled }: Facts): Concern | undefined {
  const percent = sampled.own.hostMemoryPercent;
  if (percent < 95) return undefined;
  const used = Math.round(percent);
  return { status: 'degraded', message: `${used} % of the host's memory is used: free some` };
}

/** A remark only: whether it does harm shows in the event loop and in latency. */
function hostCpu({ sampled }: Facts): Concern | undefined {
  const percent = sampled.own.hostCpuPercent;
  if (percent === null || percent < 90) return undefined;
  return { status: 'healthy', message: `the host is busy: CPU ${Math.round(percent)} %` };
}
