import { medianOf } from '../../core/bench/quantiles.ts';
import { createRandom, shuffled } from '../../core/bench/random.ts';
import { judgeScaling } from '../../core/bench/scaling.ts';
import type { ComponentOptions } from '../components/component.ts';
import type { ScaleRow } from '../result.ts';
import { measureInTurns, type Timings } from '../rounds.ts';
import type { Axis, Sized } from './axes.ts';

/** All sizes of one axis in turns; the fit of what an operation costs. */
export async function runAxis(axis: Axis, given: ComponentOptions): Promise<ScaleRow> {
  const { onProgress } = given;
  const rounds = Math.min(given.rounds, axis.mostRounds ?? Number.POSITIVE_INFINITY);
  const options = { ...given, rounds };
  const worlds: Sized[] = [];
  try {
    for (const size of axis.sizes) {
      onProgress(`${axis.unit}: ${size}`);
      worlds.push(await axis.open(size, options));
    }
    const timings = await measureWorlds(axis, worlds, options);
    const micros = (size: number) => (timings.get(String(size)) ?? []).map((ns) => ns / 1000);
    const matrix = Array.from({ length: rounds }, (_, round) =>
      axis.sizes.map((size) => ({ size, cost: micros(size)[round] ?? Number.NaN })),
    );
    const { exponent, status } = judgeScaling(matrix, axis.atMost, { seed: options.seed });
    const points = axis.sizes.map((size) => ({ size, cost: medianOf(micros(size)) }));
    const { what, unit, atMost } = axis;
    return { what, unit, points, exponent, atMost, status };
  } finally {
    for (const world of worlds) await world.close();
  }
}

async function measureWorlds(
  axis: Axis,
  worlds: readonly Sized[],
  options: ComponentOptions,
): Promise<Timings> {
  const nameOf = (world: Sized) => String(axis.sizes[worlds.indexOf(world)]);
  const timed = worlds.flatMap((world) =>
    'run' in world ? [{ name: nameOf(world), run: world.run }] : [],
  );
  const timings = new Map(await measureInTurns(timed, { ...options, clock: axis.clock }));
  const random = createRandom(options.seed);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const world of shuffled(worlds, random)) {
      if ('run' in world) continue;
      options.signal.throwIfAborted();
      const costs = timings.get(nameOf(world)) ?? [];
      timings.set(nameOf(world), [...costs, await world.cost()]);
    }
  }
  return timings;
}
