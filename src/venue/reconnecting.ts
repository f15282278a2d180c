import { backoffMs, type Connection, type ConnectionOptions, connect } from './socket.ts';

export interface ReconnectingOptions
  extends Pick<ConnectionOptions, 'url' | 'pingMs' | 'deadMs' | 'onText' | 'onAlive'> {
  /** Subscribe here; `again` when there was a connection before, and so perhaps a gap. */
  onUp(connection: Connection, again: boolean): void;
  onDown?(reason: string): void;
  random?: () => number;
}

export interface Reconnecting {
  /** False when there is no open connection to take it. */
  send(text: string): boolean;
  readonly connected: boolean;
  /** Connections lost since start. */
  readonly losses: number;
  close(): void;
}

/** Keeps one connection up: a lost one is opened again, later and later while that fails. */
export function keepConnected(options: ReconnectingOptions): Reconnecting {
  let connection: Connection | undefined;
  let retry: NodeJS.Timeout | undefined;
  let attempt = 0;
  let wasUp = false;
  let losses = 0;
  let closed = false;
  const open = () => {
    connection = connect({
      url: options.url,
      pingMs: options.pingMs,
      deadMs: options.deadMs,
      onText: options.onText,
      onAlive() {
        attempt = 0;
        options.onAlive?.();
      },
      onOpen(opened) {
        const again = wasUp;
        wasUp = true;
        options.onUp(opened, again);
      },
      onEnd(reason) {
        losses += 1;
        options.onDown?.(reason);
        if (!closed) retry = setTimeout(open, backoffMs(attempt++, options.random));
      },
    });
  };
  open();
  return {
    send(text) {
      if (!connection?.open) return false;
      connection.send(text);
      return true;
    },
    get connected() {
      return connection?.open === true;
    },
    get losses() {
      return losses;
    },
    close() {
      closed = true;
      clearTimeout(retry);
      connection?.close();
    },
  };
}
