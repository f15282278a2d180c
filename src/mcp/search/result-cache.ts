/** Results by key, each valid for `ttlMs` and one state of the files; least recently used go. */
export interface ResultCache<Value> {
  /** `filesAs` stands for the state of the files: another object, another state. */
  get(key: string, filesAs: object): Value | undefined;
  set(key: string, filesAs: object, value: Value, bytes: number): void;
}

interface Entry<Value> {
  value: Value;
  filesAs: object;
  expiresAtMs: number;
  bytes: number;
}

export function createResultCache<Value>(
  ttlMs: number,
  maxBytes: number,
  nowMs: () => number,
): ResultCache<Value> {
  const entries = new Map<string, Entry<Value>>();
  let total = 0;
  const drop = (key: string, entry: Entry<Value>) => {
    entries.delete(key);
    total -= entry.bytes;
  };
  return {
    get(key, filesAs) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.filesAs !== filesAs || nowMs() >= entry.expiresAtMs) {
        drop(key, entry);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, filesAs, value, bytes) {
      if (bytes > maxBytes) return;
      const old = entries.get(key);
      if (old) drop(key, old);
      entries.set(key, { value, filesAs, expiresAtMs: nowMs() + ttlMs, bytes });
      total += bytes;
      for (const [oldest, entry] of entries) {
        if (total <= maxBytes) break;
        drop(oldest, entry);
      }
    },
  };
}
