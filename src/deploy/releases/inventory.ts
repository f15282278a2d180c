import { posix } from 'node:path';
import { InconclusiveError } from '../../errors.ts';
import { type AuditEvent, parseAudit } from '../audit.ts';
import { splitSections } from '../facts/probe.ts';
import type { Host } from '../host.ts';
import { type Layout, UNITS } from '../layout.ts';
import { READ_LOCK } from '../lock.ts';
import { type HeldLock, parseLock } from '../lock-holder.ts';
import { type Mark, parseMark } from '../marks.ts';
import { lastWords } from '../shell.ts';

/** What lies and runs on a host, as one look found it: nothing of it is concluded. */
export interface Inventory {
  host: string;
  releases: InstalledRelease[];
  current: string | undefined;
  currentBot: string | undefined;
  marks: Mark[];
  audit: AuditEvent[];
  /** Lines of the audit that are none. */
  auditUnreadable: number;
  mcp: Running;
  bot: Running;
  /** Schema versions of the files that are there; undefined: no such file, null: cannot be read. */
  schemas: Record<'journal' | 'monitor' | 'breaker', number | null | undefined>;
  lock: HeldLock | undefined;
  /** A change that the host will take back unless it is confirmed. */
  revert: { release: string; to: string; acting: boolean } | undefined;
  backups: string[];
}

export interface InstalledRelease {
  id: string;
  /** Undefined: it has no manifest that can be read. */
  manifest: ManifestHead | undefined;
  manifestSha256: string;
}

export interface ManifestHead {
  commit: string;
  dirty: boolean;
  builtAt: string;
  pmcpVersion: string;
  schemas: { journal: number; monitor: number; breaker: number };
}

export interface Running {
  /** systemd's word: `active`, `failed`, `inactive`, ... */
  active: string;
  pid: number;
  /** Of the process itself, whatever a link says; undefined: none runs, or it is of no release. */
  release: string | undefined;
  restarts: number;
}

const LOOK_MS = 30_000;

/**
 * Prints everything in sections that begin with `@@ name`. Only reads. $1 ROOT. The journal's
 * version stands in the file's header; one that is not there yet, in its first moments, reads as 0.
 */
const LOOK = `
root=$1
cd "$root" 2>/dev/null || { printf '\\n@@ end\\n'; exit 0; }
section() { printf '\\n@@ %s\\n' "$1"; }
version() { [ ! -s "$1" ] || od -An -tu1 -j60 -N4 "$1"; }
{
  section current; readlink current
  section current-bot; readlink current-bot
  for dir in releases/*/; do
    id=\${dir#releases/}; id=\${id%/}
    [ -d "releases/$id" ] || continue
    section "release $id"; sha256sum <"releases/$id/manifest.json"
    sed '/^ "files"/,$d' "releases/$id/manifest.json"
  done
  for file in marks/*.json; do
    [ ! -f "$file" ] || { section "mark $(basename "$file" .json)"; cat "$file"; }
  done
  section backups; cd backups/mcp && for file in mcp_*.tar.gz; do
    [ ! -f "$file.sha256" ] || echo "$file"; done; cd "$root"
  for unit in ${UNITS.bot} ${UNITS.mcp}; do
    section "service $unit"
    systemctl show "$unit" -p ActiveState -p MainPID -p NRestarts
    pid=$(systemctl show "$unit" -p MainPID --value)
    [ "\${pid:-0}" -le 0 ] || echo "Executable=$(readlink "/proc/$pid/exe")"
  done
  section journal; version shared/data/journal.db
  section monitor; version shared/data/monitor.db
  section breaker; head -c 100 shared/data/breaker.json
  section revert; cat revert/plan || { cat revert/plan.acting && echo acting=yes; }
  section lock
  (set -- "$root/deploy.lock" "$root/revert"; ${READ_LOCK})
  section audit; tail -n 2000 deploy.log.jsonl
} 2>/dev/null
section end
exit 0
`;

export async function takeInventory(host: Host, layout: Layout): Promise<Inventory> {
  const argv = ['sh', '-s', '--', layout.root];
  const answer = await host.run(argv, { input: LOOK, timeoutMs: LOOK_MS });
  const sections = splitSections(answer.stdout);
  if (!sections.has('end')) {
    throw new InconclusiveError(`${host.name}: cannot be looked at: ${lastWords(answer)}`);
  }
  return parseInventory(host.name, layout, sections);
}

export function parseInventory(
  host: string,
  layout: Layout,
  sections: ReadonlyMap<string, string>,
): Inventory {
  const text = (name: string) => (sections.get(name) ?? '').trim();
  const lines = (name: string) =>
    text(name)
      .split('\n')
      .filter((line) => line !== '');
  const named = (prefix: string) =>
    [...sections].flatMap(([name, body]): [string, string][] =>
      name.startsWith(`${prefix} `) ? [[name.slice(prefix.length + 1), body.trim()]] : [],
    );
  const audit = parseAudit(text('audit'));
  return {
    host,
    releases: named('release').map(([id, body]) => installed(id, body)),
    current: linked(text('current')),
    currentBot: linked(text('current-bot')),
    marks: named('mark').flatMap(([id, body]) => parseMark(body, id) ?? []),
    audit: audit.events,
    auditUnreadable: audit.unreadable,
    mcp: running(layout, text(`service ${UNITS.mcp}`)),
    bot: running(layout, text(`service ${UNITS.bot}`)),
    schemas: {
      journal: sqliteVersion(text('journal')),
      monitor: sqliteVersion(text('monitor')),
      breaker: breakerVersion(text('breaker')),
    },
    lock: parseLock(text('lock')),
    revert: pendingRevert(text('revert')),
    backups: lines('backups').sort().reverse(),
  };
}

function installed(id: string, body: string): InstalledRelease {
  const [sum = '', ...rest] = body.split('\n');
  const manifestSha256 = sum.split(' ')[0] ?? '';
  return { id, manifest: manifestHead(id, rest.join('\n')), manifestSha256 };
}

/** All of the manifest above its list of files, which is by far the longest part. */
function manifestHead(id: string, text: string): ManifestHead | undefined {
  try {
    const value = JSON.parse(`${text.trim().replace(/,$/, '')}}`);
    const { commit, dirty, builtAt, pmcpVersion, schemas } = value;
    if (value.schema !== 'pmcp.release' || value.version !== 1 || value.id !== id) return undefined;
    for (const name of ['journal', 'monitor', 'breaker']) {
      if (!Number.isSafeInteger(schemas[name])) return undefined;
    }
    return { commit, dirty, builtAt, pmcpVersion, schemas };
  } catch {
    return undefined;
  }
}

function linked(target: string): string | undefined {
  return /^releases\/([^/]+)$/.exec(target)?.[1];
}

function running(layout: Layout, text: string): Running {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  const executable = value('Executable');
  const prefix = `${layout.releases}${posix.sep}`;
  const release = executable.startsWith(prefix)
    ? executable.slice(prefix.length).split('/')[0]
    : undefined;
  return {
    active: value('ActiveState') || 'unknown',
    pid: Number(value('MainPID')),
    release,
    restarts: Number(value('NRestarts')),
  };
}

/** `user_version` of SQLite's header: four bytes, the highest first. */
function sqliteVersion(text: string): number | null | undefined {
  if (text === '') return undefined;
  const bytes = text.split(/\s+/).map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !Number.isInteger(byte))) return null;
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function breakerVersion(text: string): number | null | undefined {
  if (text === '') return undefined;
  const version = /^\{"schema":"pmcp\.breaker-state","version":(\d+),/.exec(text)?.[1];
  return version === undefined ? null : Number(version);
}

function pendingRevert(text: string): Inventory['revert'] {
  if (text === '') return undefined;
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { release: value('release'), to: value('current'), acting: value('acting') === 'yes' };
}
