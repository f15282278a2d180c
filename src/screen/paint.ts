import type { Paint } from '../command.ts';

const plain: Paint = {
  good: (text) => text,
  warn: (text) => text,
  bad: (text) => text,
  dim: (text) => text,
  strong: (text) => text,
};

const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const coloured: Paint = { good: sgr(32), warn: sgr(33), bad: sgr(31), dim: sgr(2), strong: sgr(1) };

/** Colours only on a terminal, and never against NO_COLOR or --no-color. */
export function paintFor(stream: { isTTY?: boolean }, flags: { color: boolean }): Paint {
  const wanted = flags.color && !process.env['NO_COLOR'];
  const forced = Boolean(process.env['FORCE_COLOR']);
  return wanted && (stream.isTTY || forced) ? coloured : plain;
}
