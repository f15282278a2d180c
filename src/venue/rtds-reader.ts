import type { FeedSource } from '../core/trade.ts';
import { parseFeedRow } from './feed-row.ts';
import { createFrameFilter } from './frame-filter.ts';
import { isFields, listOf, parseJson } from './json.ts';
import type { RtdsHealth, RtdsOptions } from './rtds.ts';

const SOURCES: Readonly<Record<string, FeedSource>> = {
  trades: 'rtds_trades',
  orders_matched: 'rtds_orders_matched',
};

/** Reads one frame; true when it was a message of the trade feed, whosever trade it was. */
export function createFrameReader(
  options: RtdsOptions,
  health: RtdsHealth,
): (text: string) => boolean {
  const { clock } = options;
  const quarantine = (source: FeedSource, reason: string, text: string) => {
    health.quarantined += 1;
    options.onQuarantine({ source, reason, excerpt: text.slice(0, 2_000), seenAtMs: clock.now() });
  };
  const readMessage = (message: unknown, text: string, tick: number): boolean => {
    if (!isFields(message)) {
      quarantine('rtds_trades', 'frame: not JSON objects', text);
      return false;
    }
    if (message.topic !== 'activity') return false;
    const source = SOURCES[String(message.type)];
    const nowMs = clock.now();
    health.lastMessageAtMs = nowMs;
    health.rows += 1;
    if (!source) {
      quarantine('rtds_trades', `type: ${JSON.stringify(message.type)} is not known`, text);
      return true;
    }
    const parsed = parseFeedRow(message.payload, source, nowMs, tick);
    if ('reason' in parsed) {
      quarantine(source, parsed.reason, text);
    } else if (options.wallets().has(parsed.row.wallet)) {
      health.followedRows += 1;
      options.onRow(parsed.row);
    }
    return true;
  };
  let filtered = options.wallets();
  let filter = createFrameFilter(filtered);
  return (text) => {
    const tick = performance.now();
    if (options.wallets() !== filtered) {
      filtered = options.wallets();
      filter = createFrameFilter(filtered);
    }
    const concern = filter(text);
    if (concern === 'other') {
      health.rows += 1;
      health.lastMessageAtMs = clock.now();
      return true;
    }
    const frame = parseJson(text);
    if (concern === 'none' && isFields(frame) && frame.topic !== 'activity') return false;
    const messages = Array.isArray(frame) ? listOf(frame) : [frame];
    // Every message is read, also behind a bad one.
    return messages.map((message) => readMessage(message, text, tick)).includes(true);
  };
}
