/** How far one followed wallet has been read. */
export interface RingWallet {
  readonly name: string;
  /** Newest trade seen, clock ms; the moment it was first followed before that. */
  watermarkMs: number;
  /** Clock ms of the last good read. */
  readAtMs: number | undefined;
  busy: boolean;
}

/** The followed wallets, taken in turn. */
export interface WalletRing {
  /** Those that stay keep what is known of them. */
  replace(names: ReadonlySet<string>, nowMs: number): void;
  get(name: string): RingWallet | undefined;
  next(): RingWallet | undefined;
  readonly size: number;
  /** Of all wallets, the read that is longest ago; undefined when one was never read. */
  oldestReadMs(): number | undefined;
}

export function createWalletRing(): WalletRing {
  let wallets = new Map<string, RingWallet>();
  let order: RingWallet[] = [];
  let turn = 0;
  return {
    replace(names, nowMs) {
      const before = wallets;
      const fresh = (name: string) => ({
        name,
        watermarkMs: nowMs,
        readAtMs: undefined,
        busy: false,
      });
      wallets = new Map([...names].map((name) => [name, before.get(name) ?? fresh(name)]));
      order = [...wallets.values()];
    },
    get: (name) => wallets.get(name),
    next() {
      turn = (turn + 1) % Math.max(1, order.length);
      return order[turn];
    },
    get size() {
      return order.length;
    },
    oldestReadMs() {
      let oldest: number | undefined;
      for (const { readAtMs } of order) {
        if (readAtMs === undefined) return undefined;
        oldest = Math.min(oldest ?? readAtMs, readAtMs);
      }
      return oldest;
    },
  };
}
