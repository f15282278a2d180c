import { expect, test } from 'vitest';
import { figure, intervalWords } from '../../../src/core/bench/figure.ts';
import { createFills, numberOf } from '../../../src/core/bench/fills.ts';
import {
  type Block,
  type Calm,
  judgeDetails,
  judgeImpact,
  type QuadRecord,
} from '../../../src/core/bench/impact.ts';
import { createRandom } from '../../../src/core/bench/random.ts';
import { type Condition, createSchedule } from '../../../src/core/bench/schedule.ts';

interface Effect {
  latency?: number;
  responses?: number;
  cpu?: number;
  memory?: number;
}

/** A run in which the mcp process does this to the bot, on a machine of a little noise. */
function runOf(effect: Effect, rounds = 8): QuadRecord[] {
  const random = createRandom(42);
  const around = (value: number, spread: number) => value * (1 + spread * (random() - 0.5));
  const block = (condition: Condition): Block => {
    const on = condition === 'without' ? 0 : 1;
    const many = (value: number) => Array.from({ length: 100 }, () => around(value, 0.4));
    return {
      condition,
      startSeconds: 0,
      seconds: 3,
      latencies: many(2 * (1 + on * (effect.latency ?? 0))),
      responses: many(0.5 * (1 + on * (effect.responses ?? 0))),
      skipped: {},
      unanswered: 0,
      botCpuPercent: around(10, 0.02),
      mcpCpuPercent: on * around(effect.cpu ?? 0.3, 0.2),
      botRssMb: around(120, 0.01),
      mcpRssMb: on * (effect.memory ?? 75),
      hostCpuPercent: 20,
    };
  };
  return createSchedule(rounds, 1).map(({ treatment, blocks }) => ({
    treatment,
    blocks: blocks.map(block),
  }));
}

function calmOf({ cpu = 0.3 }: Effect, spans = 12): Calm {
  const random = createRandom(7);
  const mcpCpuPercents = Array.from({ length: spans }, () => cpu * (0.9 + 0.2 * random()));
  return { copiesPerSecond: 1, othersPerSecond: 33, mcpCpuPercents };
}

const judging = { seed: 1, resamples: 300 };
const statuses = (effect: Effect, rounds?: number) =>
  judgeImpact(runOf(effect, rounds), calmOf(effect, rounds), judging).map(({ status }) => status);

test('a sidecar that costs what it may passes every row of the plan', () => {
  const rows = judgeImpact(runOf({}), calmOf({}), judging);
  expect(rows.map(({ metric, maxAllowable }) => [metric, maxAllowable])).toEqual([
    ['Trading latency', '< 100 ms and < 5 % increase'],
    ['Memory', '+100 MB'],
    ['CPU', '+1 %'],
    ['Response time', '+10 %'],
  ]);
  expect(rows.map(({ status }) => status)).toEqual(['PASS', 'PASS', 'PASS', 'PASS']);
  expect(rows[0]?.without).toMatch(/^p50 2\.\d\d ms, p99 2\.\d\d ms$/);
  expect(rows[1]?.with).toMatch(/^19\d MB$/);
  expect(rows[2]?.with).toMatch(/^mcp 0\.\d+ %$/);
  expect(rows.map(({ basis }) => basis.slice(0, 8))).toEqual([
    'mcp busy',
    'mcp idle',
    'mcp idle',
    'mcp busy',
  ]);
});

test.each([
  ['slower by a fifth', { latency: 0.2 }, 0],
  ['slower than 100 ms', { latency: 60 }, 0],
  ['too much memory', { memory: 130 }, 1],
  ['too much CPU', { cpu: 3 }, 2],
  ['slow to answer', { responses: 0.4 }, 3],
] as const)('%s: FAIL in that row alone', (_name, effect, row) => {
  const expected = Array.from({ length: 4 }, (_, index) => (index === row ? 'FAIL' : 'PASS'));
  expect(statuses(effect)).toEqual(expected);
});

test('at the budget: INCONCLUSIVE', () => {
  expect(statuses({ latency: 0.05 })[0]).toBe('INCONCLUSIVE');
  expect(statuses({ cpu: 1 })[2]).toBe('INCONCLUSIVE');
});

test('a tail that cannot be told decides nothing; one that is proved slow fails', () => {
  const tail = (part: number) => {
    const quads = runOf({}, 20);
    for (const { condition, latencies } of quads.flatMap(({ blocks }) => blocks)) {
      latencies[0] = condition === 'without' ? 5 : 5 * (1 + part);
      latencies[1] = condition === 'without' ? 5 : 5 * (1 + part);
      latencies[2] = condition === 'without' ? 5 : 5 * (1 + part);
    }
    const [row] = judgeImpact(quads, calmOf({}), judging);
    const watched = row?.judged.find(({ watched: isWatched }) => isWatched);
    return [row?.status, watched?.name, watched?.status];
  };
  expect(tail(0.5)).toEqual(['FAIL', 'p99, with / without', 'FAIL']);
  expect(tail(0)).toEqual(['PASS', 'p99, with / without', 'PASS']);
});

test('some seconds in which the machine was another’s change nothing', () => {
  const quads = runOf({}, 12);
  const hit = quads.filter(({ treatment }) => treatment === 'busy').slice(0, 2);
  for (const { blocks } of hit) {
    for (const block of blocks.filter(({ condition }) => condition === 'busy')) {
      block.latencies = block.latencies.map((ms) => 4 * ms);
    }
  }
  expect(judgeImpact(quads, calmOf({}), judging)[0]?.judged[0]?.status).toBe('PASS');
});

test('too few blocks: INCONCLUSIVE in every row', () => {
  expect(new Set(statuses({}, 1))).toEqual(new Set(['INCONCLUSIVE']));
  const nothing = judgeImpact([], calmOf({}, 0), { seed: 1 });
  expect(new Set(nothing.map(({ status }) => status))).toEqual(new Set(['INCONCLUSIVE']));
});

test('the other treatment is judged beside', () => {
  const rows = judgeDetails(runOf({}), { seed: 1, resamples: 100 });
  expect(rows.map(({ basis }) => basis.slice(4, 8))).toEqual([
    'idle',
    'busy',
    'idle',
    'busy',
    'idle',
  ]);
});

test('figures have three digits', () => {
  expect([123.4, 12.34, 1.234, 0.1234, Number.NaN].map(figure)).toEqual([
    '123',
    '12.3',
    '1.23',
    '0.123',
    '-',
  ]);
  const interval = { estimate: 1, low: 0.9, high: Infinity, confidence: 0.95, count: 5 };
  expect(intervalWords(interval)).toBe('1.00 (0.900 to -)');
});

test('a fill’s latency runs from the moment it was meant to appear', () => {
  const fills = createFills();
  const id = (number: number) => `${number.toString(16).padStart(16, '0')}-abc-def-b1-0.5-0`;
  expect(numberOf(id(77))).toBe(77);
  expect(numberOf('ffffffffffffffff-x')).toBeUndefined();
  for (const [number, block] of [
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [5, undefined],
  ] as const) {
    fills.sent(number, 100 * number, block);
  }
  fills.decided(id(1), 'order-1', 'copied');
  fills.arrived('order-1', 104);
  fills.decided(id(2), null, 'no_book');
  fills.decided(id(3), 'order-3', 'copied');
  fills.decided('not ours', null, 'stale');
  // The order of the third never arrived, the fourth was never decided: both are still waiting.
  expect(fills.block(0, 1000)).toEqual({
    latencies: [4, 700, 600],
    skipped: { no_book: 1 },
    unanswered: 2,
  });
  expect(fills.block(1, 1000)).toEqual({ latencies: [], skipped: {}, unanswered: 0 });
});
