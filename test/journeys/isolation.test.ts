import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { between, quantile } from '../../src/core/latency-delta.ts';
import type { BotStatus } from '../../src/core/status.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { type PaperWorld, pause, startWorld, until, watchStatus } from './paper-world.ts';
import { TIGHT_ENV } from './rules.ts';
import type { Running } from './run.ts';

const PHASE_MS = 8000;

interface Phase {
  decisions: number;
  copies: number;
  statuses: number;
  events: number;
  loopDelayP99Ms: number;
  internalP50Ms: number | null;
}

const decided = ({ decisions }: BotStatus, is: (key: string) => boolean) =>
  Object.entries(decisions).reduce((sum, [key, count]) => sum + (is(key) ? count : 0), 0);

/** What a second, well-behaved reader of the bot's status saw in a span of time. */
async function observe(watch: ReturnType<typeof watchStatus>): Promise<Phase> {
  const before = watch.latest()?.status;
  const heard = { ...watch.heard };
  let loopDelayP99Ms = 0;
  const until = performance.now() + PHASE_MS;
  while (performance.now() < until) {
    await pause(250);
    loopDelayP99Ms = Math.max(loopDelayP99Ms, watch.latest()?.status.vitals.loopDelayP99Ms ?? 0);
  }
  const after = watch.latest()?.status;
  if (!before || !after) throw new Error('no status');
  const change = (is: (key: string) => boolean) => decided(after, is) - decided(before, is);
  const span = between(before.latency.internal, after.latency.internal);
  const p50 = quantile(span, 0.5);
  return {
    decisions: change(() => true),
    copies: change((key) => key.startsWith('copy')),
    statuses: watch.heard.statuses - heard.statuses,
    events: watch.heard.events - heard.events,
    loopDelayP99Ms,
    internalP50Ms: p50 === null ? null : p50 * 1000,
  };
}

/** Readers that connect and never read, until the kernel's buffers are full and stay so. */
function fill(world: PaperWorld) {
  const sockets = Array.from({ length: 5 }, () => {
    const socket = connect(pathsOf(world.dataDir).statusSocket);
    socket.on('error', () => {});
    return socket.pause();
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

test('a mcp process that is stopped, killed or never reads does not delay the bot', async () => {
  const env = { ...TIGHT_ENV, MAX_CONSECUTIVE_LOSSES: '1000' };
  const world = await startWorld({ scenario: 'volatile', seed: 11, speed: 60, env });
  const bot = world.startBot();
  await bot.waitFor(/journal and venue agree/, 60_000);
  let mcp: Running = world.startMcp();
  await mcp.waitFor(/health +http/, 60_000);
  const watch = watchStatus(world.dataDir);
  await until('a first status', 10_000, () => watch.latest());
  await pause(2000);
  const phases: Record<string, Phase> = { before: await observe(watch) };

  process.kill(mcp.pid, 'SIGSTOP');
  phases['stopped'] = await observe(watch);
  const release = fill(world);
  phases['filled'] = await observe(watch);
  await mcp.kill();
  phases['killed'] = await observe(watch);
  release();
  mcp = world.startMcp();
  await mcp.waitFor(/health +http/, 60_000);
  await until('the new mcp process sees the bot', 30_000, async () => {
    const reply = await fetch(`http://127.0.0.1:${world.env['DASHBOARD_PORT']}/health`);
    const { components } = (await reply.json()) as {
      components: { main_bot: { status: string } };
    };
    return components.main_bot.status === 'unknown' ? undefined : components;
  });

  process.stderr.write(`isolation: ${JSON.stringify(phases)}\n`);
  const { before, ...during } = phases;
  for (const phase of Object.values(during)) {
    expect(phase.decisions).toBeGreaterThan((before?.decisions ?? 0) / 4);
    expect(phase.statuses).toBeGreaterThan(PHASE_MS / 1000 / 2);
    expect(phase.events).toBeGreaterThan(0);
    expect(phase.loopDelayP99Ms).toBeLessThan(Math.max(500, 10 * (before?.loopDelayP99Ms ?? 0)));
    // The machine has its own moods: only a delay of another order is the reader's.
    const bound = Math.max(250, 20 * (before?.internalP50Ms ?? 0));
    if (phase.internalP50Ms !== null) expect(phase.internalP50Ms).toBeLessThan(bound);
  }
  expect(Object.values(during).reduce((sum, { copies }) => sum + copies, 0)).toBeGreaterThan(0);
  expect(watch.heard.dropped).toBe(0);
  expect(bot.stderr()).toBe('');
  watch.close();
}, 240_000);
