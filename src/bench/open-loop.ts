import { pause } from './program.ts';

/**
 * Asks at a fixed rate, whether or not there was an answer before; ms from the moment each was
 * meant to be asked to its answer.
 */
export async function openLoop(
  { perSecond, seconds, signal }: { perSecond: number; seconds: number; signal: AbortSignal },
  once: () => Promise<unknown>,
): Promise<number[]> {
  const slotMs = 1000 / perSecond;
  const startTick = performance.now();
  const answers: Promise<number>[] = [];
  for (let slot = 0; slot < perSecond * seconds; slot += 1) {
    const meantTick = startTick + slot * slotMs;
    const early = meantTick - performance.now();
    if (early > 0) await pause(early, signal);
    // A timer that was late is ours to bear, no more: what counts from there is the server's.
    const askedTick = early > 0 ? performance.now() : meantTick;
    answers.push(once().then(() => performance.now() - askedTick));
  }
  return Promise.all(answers);
}
