import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import type { BotEvent } from '../../../src/core/status.ts';
import { createGatherer, type GatherOptions } from '../../../src/observe/alerts/gather.ts';
import type { HealthDocument } from '../../../src/observe/health.ts';

const MINUTE_MS = 60_000;
const DOCUMENT = { components: [], resource_limits: { within_limits: true } } as unknown;

async function open(env: Record<string, string> = {}) {
  const config = await loadConfig({ flags: {}, env, directory: import.meta.dirname });
  const clock = { nowMs: 1_000_000 };
  const gatherer = createGatherer({
    config,
    dataDir: import.meta.dirname,
    monitor: {
      status: () => undefined,
      vitals: () => ({ own: { hostCpuPercent: 7, hostMemoryPercent: 9 } }),
    } as unknown as GatherOptions['monitor'],
    history: { health: () => ({ problem: undefined }) } as GatherOptions['history'],
    nowMs: () => clock.nowMs,
  });
  return { gatherer, clock, facts: () => gatherer.facts(DOCUMENT as HealthDocument) };
}

const notice = (level: 'info' | 'warning' | 'error', message: string) =>
  ({ kind: 'notice', level, message, atMs: 0 }) as unknown as BotEvent;

it('counts the errors of a quarter of an hour as one trouble, worth a look at once', async () => {
  const { gatherer, clock, facts } = await open();
  expect(gatherer.event(notice('warning', 'slow'))).toBe(false);
  expect(facts().trouble).toBeUndefined();
  expect(gatherer.event(notice('error', 'first'))).toBe(true);
  clock.nowMs += 14 * MINUTE_MS;
  expect(gatherer.event(notice('error', 'second'))).toBe(false);
  expect(facts().trouble).toMatchObject({ message: 'second', count: 2 });
  clock.nowMs += 16 * MINUTE_MS;
  expect(facts().trouble).toBeUndefined();
  expect(gatherer.event(notice('error', 'much later'))).toBe(true);
  clock.nowMs += 16 * MINUTE_MS;
  expect(gatherer.event(notice('error', 'later still'))).toBe(true);
  expect(facts().trouble).toMatchObject({ count: 1 });
});

it.each([
  ['true', { percent: 80 }],
  ['false', undefined],
])('a drop of coverage is a fact when it is to alert (%s)', async (wanted, seen) => {
  const { gatherer, facts } = await open({ MCP_TESTING_ALERT_ON_COVERAGE_DROP: wanted });
  gatherer.coverage({ percent: 80 } as unknown as Parameters<typeof gatherer.coverage>[0]);
  expect(facts().coverage).toEqual(seen);
  gatherer.latch({ kind: 'armed' });
  expect(gatherer.latchState()).toEqual({ kind: 'armed' });
  expect(facts()).toMatchObject({ withinLimits: true, host: { cpuPercent: 7, memoryPercent: 9 } });
});
