/** What is true of an installation, from links, marks, audit and processes. Pure. */
import type { AuditEvent } from '../audit.ts';
import type { Mark } from '../marks.ts';
import type { InstalledRelease, Inventory, ManifestHead } from './inventory.ts';

/**
 * `damaged`: no manifest, or not the one that was deployed. `bad` and `good`: marked so.
 * `untested`: whole, but nobody has found out yet, or a deploy of it was cut short.
 */
export type Verdict = 'good' | 'bad' | 'untested' | 'damaged';

export interface ReleaseView {
  id: string;
  verdict: Verdict;
  /** Of the mark or the damage. */
  why: string;
  current: boolean;
  currentBot: boolean;
  /** Services whose running process is of this release. */
  runs: ('mcp' | 'bot')[];
  builtAt: string | undefined;
  commit: string | undefined;
  schemas: ManifestHead['schemas'] | undefined;
  /** ISO time at which it last became current; undefined: not on record. */
  deployedAt: string | undefined;
}

export interface InstallationView {
  host: string;
  /** Newest first. */
  releases: ReleaseView[];
  /** What is not as it should be, each with what to do. */
  problems: string[];
}

export function viewOf(inventory: Inventory): InstallationView {
  const releases = inventory.releases
    .map((release) => releaseView(release, inventory))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  return { host: inventory.host, releases, problems: problemsOf(inventory, releases) };
}

function releaseView(release: InstalledRelease, inventory: Inventory): ReleaseView {
  const { id, manifest } = release;
  const { current, currentBot, mcp, bot } = inventory;
  const runs: ReleaseView['runs'] = [];
  if (mcp.release === id) runs.push('mcp');
  if (bot.release === id) runs.push('bot');
  return {
    id,
    ...verdictOf(release, inventory),
    current: current === id,
    currentBot: currentBot === id,
    runs,
    builtAt: manifest?.builtAt,
    commit: manifest && `${manifest.commit.slice(0, 7)}${manifest.dirty ? '+' : ''}`,
    schemas: manifest?.schemas,
    deployedAt: lastOf(inventory.audit, id, BECAME_CURRENT)?.at,
  };
}

const BECAME_CURRENT: readonly string[] = ['switched', 'reverted', 'rolled-back', 'restored'];

function verdictOf(
  { id, manifest, manifestSha256 }: InstalledRelease,
  { audit, marks }: Inventory,
): { verdict: Verdict; why: string } {
  if (!manifest) return { verdict: 'damaged', why: 'it has no manifest that can be read' };
  const installed = lastOf(audit, id, ['installed'])?.manifestSha256;
  if (installed !== undefined && installed !== manifestSha256) {
    return { verdict: 'damaged', why: 'its manifest is not the one that was deployed' };
  }
  const mark = marks.find(({ release }) => release === id);
  if (mark) return { verdict: mark.mark, why: markWords(mark) };
  return { verdict: 'untested', why: 'no deploy of it has been confirmed' };
}

function markWords({ why, by, at }: Mark): string {
  return [why, by && `by ${by}`, at].filter((word) => word !== '').join(', ');
}

function lastOf(
  audit: readonly AuditEvent[],
  release: string,
  kinds: readonly string[],
): AuditEvent | undefined {
  return audit.findLast((one) => one.release === release && kinds.includes(one.event));
}

function problemsOf(inventory: Inventory, releases: readonly ReleaseView[]): string[] {
  const { current, currentBot, mcp, bot, revert, auditUnreadable } = inventory;
  const problems: string[] = [];
  for (const [name, link, service] of [
    ['current', current, mcp],
    ['current-bot', currentBot, bot],
  ] as const) {
    const unit = name === 'current' ? 'polymarket-mcp.service' : 'polymarket-bot.service';
    const found = releases.find(({ id }) => id === link);
    if (link !== undefined && !found) {
      problems.push(
        `${name} points to ${link}, which is not there: pmcp rollback, or deploy again`,
      );
    }
    const fits = service.release !== undefined && service.release === link;
    if (service.active === 'active' && !fits) {
      const runs = service.release ?? 'a program of no release';
      problems.push(`${unit} runs ${runs}, and ${name} is ${link ?? 'not set'}: restart it`);
    }
    if (link !== undefined && service.active !== 'active') {
      problems.push(`${unit} is ${service.active}`);
    }
  }
  if (revert) {
    const what = revert.acting ? 'is being taken back' : 'waits for its confirmation';
    const to = revert.to === '' ? 'no release' : revert.to;
    problems.push(
      `the change from ${to} to ${revert.release} ${what}; else the host returns to ${to}`,
    );
  }
  if (auditUnreadable > 0) problems.push(`${auditUnreadable} lines of the audit cannot be read`);
  return problems;
}
