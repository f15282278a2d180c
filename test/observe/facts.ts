import type { Facts } from '../../src/observe/components.ts';
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

/** What the checks see of a healthy bot, with Telegram not configured. */
export function facts(overrides: Partial<Facts> = {}): Facts {
  return {
    view: view(),
    watchingMs: 60_000,
    frozenAfterMs: 5000,
    bot: { cpuPercent: 2.345, memoryMb: 90 },
    own: { cpuPercent: 0.24, memoryMb: 80, addedMemoryMb: 30 },
    limits: { cpuPercent: 15, memoryMb: 1000 },
    budget: { cpuPercent: 1, memoryMb: 100 },
    enabled: { search: true, testing: false, monitoring: true },
    alertsConfigured: false,
    servers: {
      search: { ok: true, message: 'searches' },
      testing: { ok: true, message: 'tests' },
    },
    ...overrides,
  };
}
