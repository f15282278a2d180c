const KEY = '"proxyWallet"';

/**
 * Whether a frame of the trade feed may concern a followed wallet, without parsing it: nearly every
 * frame is somebody else's, and parsing them all would be the bot's largest cost.
 *
 * `other`: every wallet named in it is unfollowed. `none`: it names no wallet. The key cannot be
 * faked from inside a title: quotes in a JSON string are escaped.
 */
export function concerns(
  frame: string,
  wallets: ReadonlySet<string>,
): 'followed' | 'other' | 'none' {
  let at = frame.indexOf(KEY);
  if (at < 0) return 'none';
  while (at >= 0) {
    const start = frame.indexOf('"', at + KEY.length) + 1;
    if (wallets.has(frame.slice(start, start + 42).toLowerCase())) return 'followed';
    // Anything that is not plainly an address is looked at closely, never passed over.
    if (start === 0 || frame[start + 42] !== '"') return 'followed';
    at = frame.indexOf(KEY, start);
  }
  return 'other';
}
