export interface AlarmOptions {
  /** Real ms without a trade that count as silence. */
  silenceMs: number;
  /** Real ms after which a connection is renewed. */
  renewMs: number;
  onSilence(): void;
  onRenew(): void;
}

/** When the feed is too quiet to be alive, and when a connection is due for renewal. */
export interface Alarms {
  /** A trade came, or a new connection gets its time to bring one. */
  heard(): void;
  /** A connection's life begins. */
  begin(): void;
  close(): void;
}

export function createAlarms(options: AlarmOptions): Alarms {
  let heardAt = performance.now();
  let renewal: NodeJS.Timeout | undefined;
  // One interval, and a plain number for each trade: a timer per message would cost more.
  const watchdog = setInterval(() => {
    if (performance.now() - heardAt < options.silenceMs) return;
    heardAt = performance.now();
    options.onSilence();
  }, options.silenceMs / 4);
  return {
    heard() {
      heardAt = performance.now();
    },
    begin() {
      clearTimeout(renewal);
      renewal = setTimeout(options.onRenew, options.renewMs);
    },
    close() {
      clearInterval(watchdog);
      clearTimeout(renewal);
    },
  };
}
