import type { Layout } from '../layout.ts';
import type { Manifest } from '../manifest.ts';

export type Target = 'staging' | 'production';

/** A packed release, as it lies on the operator's machine. */
export interface ReleaseArchive {
  manifest: Manifest;
  /** sha256 of its manifest.json, for the audit. */
  manifestSha256: string;
  path: string;
  bytes: number;
  unpackedBytes: number;
  /** What the host runs by itself when nobody confirms: scripts/host/revert.sh of this release. */
  revertScript: string;
  /** Its bundle as a .tar.gz: enough to ask the release about a host that it is not on yet. */
  bundle: Uint8Array;
}

/** What is wanted of a host. With its facts it decides the whole plan. */
export interface DeployRequest {
  target: Target;
  layout: Layout;
  release: ReleaseArchive;
  /** Every unit of an installation there. */
  units: readonly { name: string; text: string }[];
  /** Names of the files with secrets for the services there. */
  credentials: readonly string[];
  /** The bot is to run it too. A first deploy includes the bot whatever this says. */
  bot: boolean;
  /** Public key of an age identity: the secrets are in the backup too, for its owner alone. */
  recipient?: string;
  /** Who deploys. */
  by: string;
  at: Date;
  /** Of the lock that is held; the reversal frees it. */
  token: string;
  observeSeconds: number;
  /** How long the release may take to become healthy. */
  gateSeconds: number;
  revertSeconds: number;
  /** Fewest requests that the canary's verdict rests on. */
  minimumCount: number;
}
