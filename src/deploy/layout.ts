import { posix } from 'node:path';

/** Units on every host. */
export const UNITS = { bot: 'polymarket-bot.service', mcp: 'polymarket-mcp.service' } as const;
/** The user that both services run as. */
export const SERVICE_USER = 'pmcp';
export const UNIT_DIRECTORY = '/etc/systemd/system';

/** Where everything of an installation is, on a host whose installation is in `root`. */
export interface Layout {
  root: string;
  releases: string;
  /** The release that the mcp service and the operator's command line use: a relative link. */
  current: string;
  /**
   * The release that the bot uses. A link of its own: deploying the mcp service must not change
   * what a crashed bot comes back as.
   */
  currentBot: string;
  shared: string;
  /** `.env` and `.env.<environment>`, wallets.json: mode 0600, never part of a release. */
  config: string;
  /** DATA_DIR of both services. */
  data: string;
  /** `mcp_<UTC timestamp>.tar.gz` with a `.sha256` beside each. */
  backups: string;
  /** Audit: JSON lines, only ever appended. */
  audit: string;
  /** One JSON file a release: whether it was good or bad, since when, and why. */
  marks: string;
  /** A directory that one process wins; the holder is described inside. */
  lock: string;
  /** The units that each release was confirmed with, for the way back to it. */
  units: string;
  /** What the host does by itself to take a change back, while one is under way. */
  revert: string;
  release(id: string): string;
}

export function layoutOf(root: string): Layout {
  const at = (...parts: string[]) => posix.join(root, ...parts);
  return {
    root,
    releases: at('releases'),
    current: at('current'),
    currentBot: at('current-bot'),
    shared: at('shared'),
    config: at('shared', 'config'),
    data: at('shared', 'data'),
    backups: at('backups', 'mcp'),
    audit: at('deploy.log.jsonl'),
    marks: at('marks'),
    lock: at('deploy.lock'),
    units: at('units'),
    revert: at('revert'),
    release: (id) => at('releases', id),
  };
}
