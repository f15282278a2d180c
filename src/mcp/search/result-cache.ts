/** Results by key, each valid for `ttlMs` and one generation of the files; least recently used go. */
export interface ResultCache<Value> {
  get(key: string, generation: number | undefined): Value | undefined;
  set(key: string, generation: number | undefined, value: Value, bytes: number): void;
}

interface Entry<Value> {
  value: Value;
  generation: number;
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
    get(key, generation) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.generation !== generation || nowMs() >= entry.expiresAtMs) {
        drop(key, entry);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, generation, value, bytes) {
      if (generation === undefined || bytes > maxBytes) return;
      const old = entries.get(key);
      if (old) drop(key, old);
      entries.set(key, { value, generation, expiresAtMs: nowMs() + ttlMs, bytes });
      total += bytes;
      for (const [oldest, entry] of entries) {
        if (total <= maxBytes) break;
        drop(oldest, entry);
      }
    },
  };
}
