/**
 * One change of a host, in the words that the operator reads before it happens. A plan is a list of
 * them: what DRY_RUN prints is what is run.
 */
export interface Step {
  /** Unique within a plan: `switch`, `unit:polymarket-mcp.service`. */
  id: string;
  title: string;
  /** Why it is needed on this host, from what was found there. */
  reason: string;
  /** Runs on the host. Empty for an upload, which names a local file instead. */
  argv: readonly string[];
  /** Bytes for its standard input; never a secret. */
  input?: string;
  upload?: { from: string; to: string; bytes: number };
  /** Takes it back; run in reverse order when a later step fails. Absent: nothing to take back. */
  undo?: readonly string[];
  timeoutMs: number;
}

/** How long a service does not work while a plan is carried out, expected. */
export interface Downtime {
  service: string;
  /** Seconds; 0 for what is not restarted. */
  expectedSeconds: number;
}

export interface FileChange {
  path: string;
  change: 'create' | 'replace' | 'remove';
  /** Unified, for text files that exist on both sides. Never of a file that may hold a secret. */
  diff?: string;
}

/** Everything that will happen on one host, and what it was decided from. */
export interface Plan {
  host: string;
  release: string;
  /** The release that was there; undefined on a first deploy. */
  from: string | undefined;
  steps: readonly Step[];
  files: readonly FileChange[];
  downtime: readonly Downtime[];
  diskBytesNeeded: number;
  /** What the operator should know, and no step does. */
  notes: readonly string[];
  /** sha256 of the facts it rests on: a saved plan is refused when the host has changed since. */
  factsHash: string;
}
