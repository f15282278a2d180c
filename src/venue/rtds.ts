import type { Clock } from '../clock.ts';
import type { FeedSource, TargetRow } from '../core/trade.ts';
import { parseFeedRow } from './feed-row.ts';
import { concerns } from './frame-filter.ts';
import { isFields, listOf, parseJson } from './json.ts';
import type { QuarantinedRow } from './port.ts';
import { backoffMs, type Connection, connect } from './socket.ts';

export interface RtdsOptions {
  url: string;
  clock: Clock;
  /** Clock ms without a trade of anybody after which the connection is given up. */
  silenceMs: number;
  /** Clock ms of a connection's life; long-lived ones are reported to freeze. */
  renewMs?: number;
  wallets(): ReadonlySet<string>;
  onRow(row: TargetRow): void;
  onQuarantine(row: QuarantinedRow): void;
  /** A new connection after a lost one: what was traded meanwhile is missing. */
  onGap(): void;
  random?: () => number;
}

export interface RtdsHealth {
  connected: boolean;
  lastMessageAtMs: number | undefined;
  rows: number;
  followedRows: number;
  quarantined: number;
  reconnects: number;
}

export interface Rtds {
  health(): RtdsHealth;
  close(): void;
}

const SUBSCRIBE = JSON.stringify({
  action: 'subscribe',
  subscriptions: [{ topic: 'activity', type: '*' }],
});
const PING_MS = 5_000;
const RENEW_MS = 600_000;
const SOURCES: Readonly<Record<string, FeedSource>> = {
  trades: 'rtds_trades',
  orders_matched: 'rtds_orders_matched',
};

/**
 * The live trade feed. One connection carries it; before its planned end a second one is opened and
 * takes over with its first trade, so that renewal leaves no gap (a row may then come twice).
 */
export function createRtds(options: RtdsOptions): Rtds {
  const { clock } = options;
  const health: RtdsHealth = {
    connected: false,
    lastMessageAtMs: undefined,
    rows: 0,
    followedRows: 0,
    quarantined: 0,
    reconnects: 0,
  };
  const read = createFrameReader(options, health);
  const silenceMs = clock.realMs(options.silenceMs);
  const pingMs = Math.min(PING_MS, silenceMs / 3);
  let current: Connection | undefined;
  let successor: Connection | undefined;
  let retry: NodeJS.Timeout | undefined;
  let attempt = 0;
  let tradeAt = performance.now();

  const open = (): Connection => {
    const connection: Connection = connect({
      url: options.url,
      pingMs,
      // PONGs do not count: a frozen feed still answers them. The watchdog below sees trades.
      deadMs: Math.max(silenceMs, 1_000),
      onOpen(opened) {
        opened.send(SUBSCRIBE);
        if (opened === successor) return;
        tradeAt = performance.now();
        if (health.reconnects > 0) options.onGap();
      },
      onText(text) {
        if (!read(text)) return;
        attempt = 0;
        tradeAt = performance.now();
        if (connection === successor) takeOver();
      },
      onEnd: () => lost(connection),
    });
    return connection;
  };
  const takeOver = () => {
    current?.close();
    current = successor;
    successor = undefined;
    armRenewal();
  };
  const lost = (connection: Connection) => {
    if (connection === successor) {
      successor = undefined;
      return armRenewal();
    }
    health.reconnects += 1;
    if (successor?.open) return takeOver();
    successor?.close();
    successor = undefined;
    current = undefined;
    clearTimeout(retry);
    retry = setTimeout(reopen, backoffMs(attempt++, options.random));
  };
  const reopen = () => {
    tradeAt = performance.now();
    current = open();
    armRenewal();
  };
  let renewal: NodeJS.Timeout | undefined;
  const armRenewal = () => {
    clearTimeout(renewal);
    renewal = setTimeout(
      () => {
        if (current?.open && !successor) successor = open();
      },
      clock.realMs(options.renewMs ?? RENEW_MS),
    );
  };
  const watchdog = setInterval(() => {
    if (!current || performance.now() - tradeAt < silenceMs) return;
    const silent = current;
    silent.close();
    lost(silent);
  }, silenceMs / 4);

  current = open();
  armRenewal();
  return {
    health: () => ({ ...health, connected: current?.open === true }),
    close() {
      clearInterval(watchdog);
      clearTimeout(retry);
      clearTimeout(renewal);
      successor?.close();
      current?.close();
    },
  };
}

/** Reads one frame; true when it was a message of the trade feed, whosever trade it was. */
function createFrameReader(options: RtdsOptions, health: RtdsHealth): (text: string) => boolean {
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
  return (text) => {
    const tick = performance.now();
    const concern = concerns(text, options.wallets());
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
