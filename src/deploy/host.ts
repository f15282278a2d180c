import type { Readable } from 'node:stream';

/** What a host answered. Never thrown for an exit code: the caller knows which ones it expects. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Bytes for its standard input. */
  input?: string | Uint8Array | Readable;
  /** Real milliseconds; afterwards it is killed and UnreachableError is thrown. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * A machine that is deployed to: this one, or one behind OpenSSH. The same argv runs on both, which
 * is also what a plan shows.
 */
export interface Host {
  /** As in the inventory: `local`, `ssh://operator@host`. */
  name: string;
  /** Throws InconclusiveError when the host cannot be reached or does not answer. */
  run(argv: readonly string[], options?: RunOptions): Promise<Answer>;
  /** Copies a local file there, under a temporary name that is renamed when it is complete. */
  upload(localPath: string, remotePath: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
