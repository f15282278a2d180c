/** `manifest.json` of a release: what it is, and what may run beside it. */
export interface Manifest {
  schema: 'pmcp.release';
  version: 1;
  /** `<UTC yyyymmddThhmmssZ>-<short commit>`; sorts by time. Made once, when it is packed. */
  id: string;
  pmcpVersion: string;
  commit: string;
  /** The work tree had changes that no commit holds. */
  dirty: boolean;
  builtAt: string;
  nodeVersion: string;
  arch: 'x64' | 'arm64';
  /** Newest version of each durable file that this code can read and write. */
  schemas: { journal: number; monitor: number; breaker: number };
  /** sha256 by path relative to the release, every file but this one. */
  files: Record<string, string>;
}
