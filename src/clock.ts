import { ConfigError } from './errors.ts';

/**
 * The time that trading sees. Real in shadow and live mode; on paper it may run faster than real
 * (`--speed`), and then every process of one run shares the same mapping.
 */
export interface Clock {
  /** Milliseconds since the epoch, by this clock. */
  now(): number;
  /** How many clock milliseconds pass in one real millisecond; 1 is real time. */
  readonly speed: number;
  /** Real milliseconds to wait for a span of this clock: what a timer must be given. */
  realMs(clockMs: number): number;
}

export const realClock: Clock = { now: () => Date.now(), speed: 1, realMs: (ms) => ms };

/** `clockStartMs@realStartMs*speed`, as one process hands it to another in PMCP_CLOCK. */
export function formatClock(clockStartMs: number, realStartMs: number, speed: number): string {
  return `${clockStartMs}@${realStartMs}*${speed}`;
}

export function parseClock(text: string | undefined): Clock {
  if (text === undefined || text === '') return realClock;
  const match = /^(\d{1,15})@(\d{1,15})\*(\d{1,5}(?:\.\d{1,3})?)$/.exec(text);
  const speed = Number(match?.[3]);
  if (!match || !(speed > 0)) {
    throw new ConfigError(`PMCP_CLOCK: ${JSON.stringify(text)} is not <clockMs>@<realMs>*<speed>`, {
      hint: 'It is set by `pmcp up` for its own processes; unset it otherwise.',
    });
  }
  const clockStartMs = Number(match[1]);
  const realStartMs = Number(match[2]);
  return {
    now: () => Math.round(clockStartMs + (Date.now() - realStartMs) * speed),
    speed,
    realMs: (ms) => ms / speed,
  };
}
