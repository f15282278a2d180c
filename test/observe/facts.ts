import type { Vitals } from '../../src/host/vitals.ts';
import type { Facts } from '../../src/observe/components.ts';
import type { Sampled } from '../../src/observe/sampler.ts';
import type { StatusView } from '../../src/observe/status-client.ts';
import { fakeHello, fakeStatus } from '../fakes/status.ts';

export function view(overrides: Partial<StatusView> = {}): StatusView {
  return {
    connected: true,
    hello: { type: 'hello', ...fakeHello },
    status: fakeStatus(),
    statusAtMs: 1_700_000_000_000,
    ageMs: 300,
    malformed: 0,
    lastProblem: undefined,
    dropped: 0,
    connects: 1,
    ...overrides,
  };
}

/** A calm machine. */
export function sampled(own: Partial<Vitals> = {}, others: Partial<Sampled> = {}): Sampled {
  return {
    own: {
      cpuPercent: 0.24,
      rssBytes: 80e6,
      rootCpuPercent: 0.24,
      rootRssBytes: 80e6,
      threads: 11,
      fds: 30,
      processes: 1,
      hostCpuPercent: 12,
      hostMemoryPercent: 40,
      ...own,
    },
    ownFdLimit: 1024,
    ownLoopDelayMs: 2,
    bot: { cpuPercent: 2.345, fds: 40, fdLimit: 1024 },
    disk: { totalBytes: 100e9, freeBytes: 50e9 },
    ...others,
  };
}

/** What the checks see of a healthy bot, with Telegram not configured. */
export function facts(overrides: Partial<Facts> = {}): Facts {
  return {
    view: view(),
    watchingMs: 60_000,
    frozenAfterMs: 5000,
    bot: { cpuPercent: 2.345, memoryMb: 90 },
    botRestarts: 0,
    own: { cpuPercent: 0.24, memoryMb: 80 },
    spent: { cpuPercent: 0.24, addedMemoryMb: 30 },
    maxDailyLoss: 100,
    shed: '',
    sampled: sampled(),
    limits: { cpuPercent: 15, memoryMb: 1000 },
    budget: { cpuPercent: 1, memoryMb: 100 },
    enabled: { search: true, testing: false, monitoring: true },
    alerts: undefined,
    servers: {
      search: { ok: true, message: 'searches' },
      testing: { ok: true, message: 'tests' },
    },
    ...overrides,
  };
}
