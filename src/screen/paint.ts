import { Chalk } from 'chalk';
import type { Paint } from '../command.ts';

/** Colours only on a terminal, and never against NO_COLOR or --no-color. */
export function paintFor(stream: { isTTY?: boolean }, flags: { color: boolean }): Paint {
  const wanted = flags.color && !process.env['NO_COLOR'];
  const forced = Boolean(process.env['FORCE_COLOR']);
  const { green, yellow, red, dim, bold } = new Chalk({
    level: wanted && (stream.isTTY || forced) ? 1 : 0,
  });
  return { good: green, warn: yellow, bad: red, dim, strong: bold };
}
