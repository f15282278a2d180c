import type { Clock } from '../clock.ts';
import type { TargetRow } from '../core/trade.ts';
import type { QuarantinedRow } from './port.ts';
import { createAlarms } from './rtds-alarms.ts';
import { createFrameReader } from './rtds-reader.ts';
import { backoffMs, type Connection, connect } from './socket.ts';

export interface RtdsOptions {
  url: string;
  clock: Clock;
  /** Clock ms without a trade of anybody after which the connection is given up. */
  silenceMs: number;
  /** Clock ms of a connection's life; long-lived ones are reported to freeze. */
  renewMs?: number;
  /** Lower case; another set when it changes, never the same one changed. */
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
const DEAD_MS = 1_000;
const FAST_SILENCE_MS = 2_000;
const RENEW_MS = 600_000;
/**
 * The live trade feed. One connection carries it; before its planned end a second one is opened and
 * takes over with its first trade, so that renewal leaves no gap (a row may then come twice).
 */
export function createRtds(options: RtdsOptions): Rtds {
  const { clock } = options;
  const health = newHealth();
  const read = createFrameReader(options, health);
  // A fast clock must not turn the venue's ordinary pauses into endless reconnecting.
  const silenceMs = Math.max(
    clock.realMs(options.silenceMs),
    clock.speed > 1 ? FAST_SILENCE_MS : 0,
  );
  let current: Connection | undefined;
  let successor: Connection | undefined;
  let retry: NodeJS.Timeout | undefined;
  let attempt = 0;

  const open = () =>
    openFeed(options.url, silenceMs, {
      onOpen(connection) {
        if (connection !== successor && health.reconnects > 0) options.onGap();
      },
      onText(connection, text) {
        if (!read(text)) return;
        attempt = 0;
        alarms.heard();
        if (connection === successor) takeOver();
      },
      onEnd: (connection) => lost(connection),
    });
  const begin = (connection: Connection) => {
    current = connection;
    successor = undefined;
    alarms.heard();
    alarms.begin();
  };
  const takeOver = () => {
    current?.close();
    if (successor) begin(successor);
  };
  const lost = (connection: Connection) => {
    if (connection === successor) {
      successor = undefined;
      return alarms.begin();
    }
    health.reconnects += 1;
    if (successor?.open) return takeOver();
    successor?.close();
    current = undefined;
    retry = setTimeout(() => begin(open()), backoffMs(attempt++, options.random));
  };
  const alarms = createAlarms({
    silenceMs,
    renewMs: clock.realMs(options.renewMs ?? RENEW_MS),
    onSilence() {
      if (!current) return;
      current.close();
      lost(current);
    },
    onRenew() {
      if (current?.open) successor = open();
      else alarms.begin();
    },
  });
  begin(open());
  return {
    health: () => ({ ...health, connected: current?.open === true }),
    close() {
      alarms.close();
      clearTimeout(retry);
      successor?.close();
      current?.close();
    },
  };
}

interface FeedHandlers {
  onOpen(connection: Connection): void;
  onText(connection: Connection, text: string): void;
  onEnd(connection: Connection): void;
}

function openFeed(url: string, silenceMs: number, handlers: FeedHandlers): Connection {
  const connection: Connection = connect({
    url,
    pingMs: Math.min(PING_MS, silenceMs / 3),
    // A frozen feed still answers PINGs; that it brings no trades is for the alarm to notice.
    deadMs: Math.max(silenceMs, DEAD_MS),
    onOpen() {
      connection.send(SUBSCRIBE);
      handlers.onOpen(connection);
    },
    onText: (text) => handlers.onText(connection, text),
    onEnd: () => handlers.onEnd(connection),
  });
  return connection;
}

function newHealth(): RtdsHealth {
  return {
    connected: false,
    lastMessageAtMs: undefined,
    rows: 0,
    followedRows: 0,
    quarantined: 0,
    reconnects: 0,
  };
}
