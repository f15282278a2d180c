import type { Prng } from '../prng.ts';
import type { Preset } from './presets.ts';

/** Where a market's first outcome is worth being, and how it got there. Plain JSON. */
export interface FairState {
  value: number;
  anchor: number;
  /** Added per second until the moment given: a trend, or the adversity of a losing streak. */
  drift: number;
  driftUntilMs: number;
  /** Quotes are pulled until then: a gap opens. */
  pulledUntilMs: number;
  /** Set in the last minutes: where the price is going. */
  winner: 0 | 1 | undefined;
  /** One value every five seconds, oldest first, the last minute. */
  history: number[];
}

const HISTORY = 12;
const LOWEST = 0.03;
const HIGHEST = 0.97;
/** With the winner known, the price runs to it within a minute or so. */
const FINALE_PULL = 0.06;

export function newFair(dice: Prng): FairState {
  const value = 0.25 + dice.next() * 0.5;
  return {
    value,
    anchor: value,
    drift: 0,
    driftUntilMs: 0,
    pulledUntilMs: 0,
    winner: undefined,
    history: [],
  };
}

/** One second of the walk. */
export function stepFair(fair: FairState, preset: Preset, dice: Prng, nowMs: number): void {
  const before = fair.value;
  if (fair.winner !== undefined) {
    const target = fair.winner === 0 ? 0.995 : 0.005;
    fair.value += (target - fair.value) * FINALE_PULL;
  } else {
    const width = 2 * Math.sqrt(before * (1 - before));
    fair.value += preset.volatility * width * dice.normal() * Math.SQRT2;
    fair.value += (fair.anchor - before) * preset.reversion;
    if (nowMs < fair.driftUntilMs) {
      fair.value += fair.drift;
      fair.anchor = fair.value;
    } else if (dice.chance(preset.trend.perSecond)) {
      // Towards the farther border, so that there is room for it.
      fair.drift = before < 0.5 ? preset.trend.drift : -preset.trend.drift;
      fair.driftUntilMs = nowMs + preset.trend.lastsMs;
    }
    if (dice.chance(preset.jump.perSecond)) jump(fair, preset, dice, nowMs);
    fair.value = Math.min(HIGHEST, Math.max(LOWEST, fair.value));
  }
  if (nowMs % 5_000 === 0) {
    fair.history.push(fair.value);
    if (fair.history.length > HISTORY) fair.history.shift();
  }
}

function jump(fair: FairState, preset: Preset, dice: Prng, nowMs: number): void {
  const [from, to] = preset.jump.size;
  const size = from + dice.next() * (to - from);
  // Away from the nearer border, so that a jump is never cut off.
  const up = fair.value < 0.3 || (fair.value < 0.7 && dice.chance(0.5));
  fair.value += up ? size : -size;
  fair.anchor = Math.min(0.85, Math.max(0.15, fair.value));
  fair.pulledUntilMs = nowMs + preset.jump.pullQuotesMs;
}

/** How far the first outcome moved within the last half minute or so. */
export function trendOf(fair: FairState): number {
  return fair.value - (fair.history.at(-6) ?? fair.history[0] ?? fair.value);
}
