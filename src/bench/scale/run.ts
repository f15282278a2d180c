import { medianOf } from '../../core/bench/quantiles.ts';
import { judgeScaling } from '../../core/bench/scaling.ts';
import type { ComponentOptions } from '../components/component.ts';
import type { ScaleRow } from '../result.ts';
import { measureInTurns } from '../rounds.ts';
import type { Axis, Sized } from './axes.ts';

/** All sizes of one axis in turns; the fit of what an operation costs. */
export async function runAxis(
  axis: Axis,
  options: ComponentOptions,
  onProgress: (text: string) => void,
): Promise<ScaleRow> {
  const worlds: Sized[] = [];
  try {
    const subjects = [];
    for (const size of axis.sizes) {
      onProgress(`${axis.unit}: ${size}`);
      const world = await axis.open(size, options);
      worlds.push(world);
      subjects.push({ name: String(size), run: world.run });
    }
    const timings = await measureInTurns(subjects, { ...options, clock: axis.clock });
    const micros = (size: number) => (timings.get(String(size)) ?? []).map((ns) => ns / 1000);
    const rounds = Array.from({ length: options.rounds }, (_, round) =>
      axis.sizes.map((size) => ({ size, cost: micros(size)[round] ?? Number.NaN })),
    );
    const { exponent, status } = judgeScaling(rounds, axis.atMost, { seed: options.seed });
    const points = axis.sizes.map((size) => ({ size, cost: medianOf(micros(size)) }));
    const { what, unit } = axis;
    return { what, unit, points, exponent, status };
  } finally {
    for (const world of worlds) await world.close();
  }
}
