/** Whether a frame may concern one of the followed wallets. */
export type FrameFilter = (frame: string) => 'followed' | 'other' | 'none';

const KEY = '"proxyWallet"';
const ADDRESS_CHARS = 42;
/** One bit for each value of an address's first five hex digits: 128 KiB, near the processor. */
const DIGITS = 5;
const BITS = 16 ** DIGITS;

/**
 * Looks at a frame of the trade feed without parsing it: nearly every frame is somebody else's, and
 * parsing them all would be the bot's largest cost. The bits spare most frames the look into the
 * set, which costs more the larger it is.
 *
 * `other`: every wallet named in it is unfollowed. `none`: it names no wallet. The key cannot be
 * faked from inside a title: quotes in a JSON string are escaped. `wallets` are in lower case.
 */
export function createFrameFilter(wallets: ReadonlySet<string>): FrameFilter {
  const bits = new Uint8Array(BITS / 8);
  for (const wallet of wallets) {
    const bit = bitOf(wallet, 0);
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  const follows = (frame: string, start: number) => {
    const bit = bitOf(frame, start);
    if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    return wallets.has(frame.slice(start, start + ADDRESS_CHARS).toLowerCase());
  };
  return (frame) => {
    let at = frame.indexOf(KEY);
    if (at < 0) return 'none';
    while (at >= 0) {
      const start = frame.indexOf('"', at + KEY.length) + 1;
      // Anything that is not plainly an address is looked at closely, never passed over.
      if (start === 0 || frame[start + ADDRESS_CHARS] !== '"') return 'followed';
      if (follows(frame, start)) return 'followed';
      at = frame.indexOf(KEY, start);
    }
    return 'other';
  };
}

/** The first digits behind 0x as a number, whatever their case. */
function bitOf(text: string, start: number): number {
  let bit = 0;
  for (let i = start + 2; i < start + 2 + DIGITS; i++) {
    const code = text.charCodeAt(i);
    bit = (bit << 4) | (((code & 15) + (code >> 6) * 9) & 15);
  }
  return bit;
}
