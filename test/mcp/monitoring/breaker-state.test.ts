import { expect, test } from 'vitest';
import type { BreakerState } from '../../../src/core/breaker.ts';
import { getBreakerState } from '../../../src/mcp/monitoring/trading-tools.ts';
import type { MonitoringPort } from '../../../src/mcp/port.ts';
import { createFakeBot } from '../real/bot.ts';

const context = {
  signal: new AbortController().signal,
  caller: {},
  progress: () => undefined,
  log: () => undefined,
};
const TRIPPED: BreakerState = {
  kind: 'tripped',
  cause: 'mcp_memory',
  detail: '250 of 200 MB',
  atMs: 0,
  untilMs: null,
};

test('our own trip is told, also over the operator’s armed latch', async () => {
  const tool = getBreakerState(createFakeBot().port, () => TRIPPED);
  const answer = await tool.run({}, context);
  expect(answer).toMatchObject({
    entriesAllowed: true,
    trading: { state: 'armed' },
    mcp: { state: 'tripped', cause: 'mcp_memory', secondsLeft: null },
  });
  expect(tool.render(answer)).toContain('mcp: tripped: mcp_memory (250 of 200 MB)');
});

test('a silent bot leaves trading unknown, and our own latch known', async () => {
  const port: MonitoringPort = {
    ...createFakeBot().port,
    bot: () => ({ problem: 'no bot runs' }),
  };
  const tool = getBreakerState(port, () => ({ kind: 'armed' }));
  const answer = await tool.run({}, context);
  expect(answer).toMatchObject({ entriesAllowed: null, trading: null, mcp: { state: 'armed' } });
  expect(tool.render(answer)).toBe('New trades unknown: no bot runs\nmcp: armed');
});
