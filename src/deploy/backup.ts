import { posix } from 'node:path';
import { schema } from '../config/schema.ts';
import { FailedError, RefusedError } from '../errors.ts';
import type { Host } from './host.ts';
import { type Layout, UNIT_DIRECTORY } from './layout.ts';
import { checkRecipient } from './recipient.ts';
import { lastWords, must, script } from './shell.ts';
import type { Step } from './step.ts';

export interface Backup {
  /** `mcp_<UTC timestamp>.tar.gz`. */
  name: string;
  path: string;
  bytes: number;
}

/** `restore/backup.json` inside. Undefined: there was no such link. */
export interface BackupContent {
  madeAt: string;
  current: string | undefined;
  currentBot: string | undefined;
}

/**
 * $1 ROOT, $2 directory of units, $3 name, $4 Node of the current release, $5 time, $6 pmcp of that
 * release, $7 recipient of the secrets or nothing; standard input: the configuration keys whose
 * values are no secrets, one a line.
 *
 * Members are named one by one, relative to ROOT, so that unpacking there touches no mode of ROOT.
 * Configuration and the monitor's database are under restore/, where unpacking by hand overwrites
 * nothing that a running process has open and no secret that the copy leaves out. The bot's journal
 * and breaker are not in it: what has been traded cannot be rolled back.
 */
const BACKUP = `umask 077
dir=$1/backups/mcp
work=$dir/.$3
trap 'rm -rf "$work" "$dir/$3.tar.gz.new"' EXIT
trap 'exit 1' HUP INT TERM
rm -rf "$work"
mkdir -p "$work/restore/units" "$work/restore/config"
cat >"$work/.keys"
members=restore
current='' current_bot=''
if [ -L "$1/current" ]; then
  cp -P "$1/current" "$work/"
  members="$members current"
  current=$(basename "$(readlink "$1/current")")
fi
if [ -L "$1/current-bot" ]; then
  cp -P "$1/current-bot" "$work/"
  members="$members current-bot"
  current_bot=$(basename "$(readlink "$1/current-bot")")
fi
for unit in "$2"/polymarket-* "$2"/pmcp-*; do
  case $unit in *pmcp-revert.*) continue ;; esac
  [ ! -f "$unit" ] || cp "$unit" "$work/restore/units/"
done
for file in "$1"/shared/config/.env "$1"/shared/config/.env.*; do
  [ -f "$file" ] || continue
  awk 'NR == FNR { known[$0] = 1; next }
    { line = $0; sub(/^[ \\t]*(export[ \\t]+)?/, "", line); key = line; sub(/[ \\t]*=.*/, "", key)
      if (line ~ /=/ && key in known) print line }' "$work/.keys" "$file" \\
    >"$work/restore/config/\${file##*/}"
done
[ ! -f "$1/shared/config/wallets.json" ] || cp "$1/shared/config/wallets.json" "$work/restore/config/"
if [ -f "$1/shared/data/monitor.db" ]; then
  "$4" -e 'const { backup, DatabaseSync } = require("node:sqlite");
    const [from, to] = process.argv.slice(1);
    backup(new DatabaseSync(from, { readOnly: true, timeout: 5000 }), to, { rate: 1000 })
      .catch((error) => { console.error(error.message); process.exitCode = 1; });' \\
    "$1/shared/data/monitor.db" "$work/restore/monitor.db"
fi
if [ -n "$7" ]; then
  (cd "$1" && find shared/config -type f \\( -name '.env' -o -name '.env.*' -o -path '*/credentials/*' \\)) \\
    >"$work/.secrets"
  # Never on the disk in the clear, and a pipe tells only how its end fared.
  { tar -c -C "$1" -T "$work/.secrets" || touch "$work/.torn"; } |
    "$6" backup seal "$7" --into "$work/restore/secrets.tar.age" >"$work/.said"
  [ ! -e "$work/.torn" ]
fi
printf '{"schema":"pmcp.backup","version":1,"madeAt":"%s","current":"%s","currentBot":"%s"}\\n' \\
  "$5" "$current" "$current_bot" >"$work/restore/backup.json"
tar -czf "$dir/$3.tar.gz.new" -C "$work" $members
sync "$dir/$3.tar.gz.new"
tar -dzf "$dir/$3.tar.gz.new" -C "$work"
sum=$(sha256sum <"$dir/$3.tar.gz.new")
echo "\${sum%% *}  $3.tar.gz" >"$dir/$3.tar.gz.sha256"
mv "$dir/$3.tar.gz.new" "$dir/$3.tar.gz"
sync "$dir/$3.tar.gz.sha256" "$dir"
cd "$dir"
sha256sum --check --quiet --strict "$3.tar.gz.sha256"`;

/** `mcp_20260901T101500Z`. */
export function backupName(at: Date): string {
  return `mcp_${at.toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

export interface BackupOptions {
  at: Date;
  /** A Node on the host that knows `node:sqlite`: `releases/<id>/runtime/node`. */
  node: string;
  /** Public key of an age identity: the secrets are in it too, for its owner alone. */
  recipient?: string;
}

/** Keys whose values may be kept in the open. A URL may carry a password or a token in it. */
function openKeys(): string[] {
  const closed = new Set(['secret', 'url']);
  return Object.entries(schema).flatMap(([key, { kind }]) => (closed.has(kind) ? [] : [key]));
}

/** Written, read again and compared before it gets its name; then its checksum is verified. */
export function backupStep(layout: Layout, { at, node, recipient }: BackupOptions): Step {
  const name = backupName(at);
  const pmcp = posix.join(posix.dirname(node), '..', 'bin', 'pmcp');
  const sealed = recipient === undefined ? [pmcp, ''] : [pmcp, checkRecipient(recipient)];
  const secrets = recipient === undefined ? 'secrets' : `secrets (but for ${recipient})`;
  return {
    id: 'backup',
    title: `back up links, units, settings and monitoring to ${backupPath(layout, name)}`,
    reason: `\`pmcp rollback --full\` restores it; ${secrets}, journal and breaker are not in it`,
    argv: script(BACKUP, layout.root, UNIT_DIRECTORY, name, node, at.toISOString(), ...sealed),
    input: `${openKeys().join('\n')}\n`,
    timeoutMs: 120_000,
  };
}

export function backupPath(layout: Layout, name: string): string {
  return posix.join(layout.backups, `${name}.tar.gz`);
}

/** Newest first. Complete ones only; whether they are sound is told by `verifyBackup`. */
export async function listBackups(host: Host, layout: Layout): Promise<Backup[]> {
  const argv = script(
    `cd "$1" 2>/dev/null || exit 0
for file in mcp_*.tar.gz; do
  [ ! -f "$file.sha256" ] || stat -c '%s %n' "$file"
done`,
    layout.backups,
  );
  const { stdout } = await must(host, 'listing backups', argv, { timeoutMs: 20_000 });
  const found = [...stdout.matchAll(/^(\d+) (mcp_[0-9TZ]+\.tar\.gz)$/gm)];
  return found
    .map(([, bytes, name = '']) => {
      return { name, path: posix.join(layout.backups, name), bytes: Number(bytes) };
    })
    .sort((a, b) => (a.name < b.name ? 1 : -1));
}

function verifyBackupStep(layout: Layout, name: string): Step {
  const verify =
    'cd "$1" && sha256sum --check --quiet --strict "$2.sha256" && tar -tzf "$2" >/dev/null';
  return {
    id: 'verify-backup',
    title: `verify the checksum of ${name}`,
    reason: 'a damaged backup must not be restored',
    argv: script(verify, layout.backups, name),
    timeoutMs: 60_000,
  };
}

/** Throws RefusedError unless it is what was written. */
export async function verifyBackup(
  host: Host,
  layout: Layout,
  name: string,
): Promise<BackupContent> {
  const { argv, timeoutMs } = verifyBackupStep(layout, name);
  const answer = await host.run(argv, { timeoutMs });
  if (answer.code !== 0) {
    throw new RefusedError(`${host.name}: ${name} is damaged: ${lastWords(answer)}`, {
      hint: 'Choose another with `--backup`, or roll back without it: `pmcp rollback`.',
    });
  }
  const path = posix.join(layout.backups, name);
  const read = ['tar', '-xzOf', path, 'restore/backup.json'];
  const { stdout } = await must(host, name, read, { timeoutMs });
  return parseContent(stdout, name);
}

function parseContent(text: string, name: string): BackupContent {
  try {
    const { madeAt, current, currentBot } = JSON.parse(text) as Record<string, unknown>;
    const link = (value: unknown) => (value === '' ? undefined : String(value));
    return { madeAt: String(madeAt), current: link(current), currentBot: link(currentBot) };
  } catch {
    throw new FailedError(`${name}: restore/backup.json cannot be read`);
  }
}
