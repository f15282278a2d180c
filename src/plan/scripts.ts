import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, fail, holds, inconclusive, pass, skipped } from './evidence.ts';
import { documentOf, type Ended, excerpt, runPmcp, runProgram } from './program.ts';
import type { Site } from './site.ts';

const MINUTES_10 = 600_000;
const VERDICTS: Readonly<Record<string, number>> = { healthy: 0, unhealthy: 1, inconclusive: 4 };

function script(site: Site, name: string, ...args: string[]): Promise<Ended> {
  const path = join(site.root, 'scripts', name);
  const shown = [`./scripts/${name}`, ...args].join(' ');
  const options = { cwd: site.root, shown, timeoutMs: MINUTES_10 };
  return runProgram(site, ['sh', path, ...args], options);
}

/**
 * `works`: it comes to a verdict of its own; `verdict`: that verdict is good; `after`: the same, and
 * looked at again when a rollback was rehearsed meanwhile.
 */
export async function healthScript(
  site: Site,
  what: 'works' | 'verdict' | 'after',
): Promise<Finding> {
  const isAgain = what === 'after' && site.lacks('rollback') === undefined;
  const ended = await site.once(isAgain ? 'health after a rollback' : 'health', () =>
    script(site, 'mcp/validate_health.sh', `--${site.target}`, '--json'),
  );
  const document = documentOf(ended) ?? {};
  const { verdict, checks } = document as { verdict?: string; checks?: HealthCheck[] };
  const rest = { command: ended.command };
  if (verdict === undefined || checks === undefined) {
    const words = ended.problem ?? `exit code ${ended.code}, and no verdict`;
    return fail(words, { ...rest, output: excerpt(ended) });
  }
  const isExcused = (name: string) => name === COVERAGE && site.lacks('sources') !== undefined;
  const open = checks.filter(
    ({ name, result }) => result === 'failed' || (result === 'unknown' && !isExcused(name)),
  );
  const notPassed = open.sort((a, b) => (a.result < b.result ? -1 : 1));
  const lines = notPassed.map((one) => `${one.result}: ${one.name}: ${one.detail}`);
  const more = { ...rest, output: lines.join('\n') || `${checks.length} checks` };
  const figures = { ...more, figure: checks.length - notPassed.length, threshold: checks.length };
  if (what === 'works') {
    const words = `${checks.length} checks, ${verdict}, exit code ${ended.code}`;
    return holds(VERDICTS[verdict] === ended.code, words, more);
  }
  if (verdict === 'healthy') return pass(`${checks.length} checks, ${verdict}`, figures);
  if (verdict === 'inconclusive' && lines.length === 0) {
    return pass(`${checks.length} checks; coverage is judged where the tests are`, figures);
  }
  const words = `${verdict}: ${lines[0] ?? ''}${lines.length > 1 ? ` (of ${lines.length})` : ''}`;
  return verdict === 'unhealthy' ? fail(words, figures) : inconclusive(words, figures);
}

/** A release holds no tests that could have been run: phase 8 takes what was recorded. */
const COVERAGE = 'test coverage reaches its target';

interface HealthCheck {
  name: string;
  result: string;
  detail: string;
}

/** Exit code of what was looked at, and may not be done. */
const REFUSED = 3;

function refusalOf({ stdout }: Ended): string | undefined {
  return /^Would be refused: .+$/m.exec(stdout)?.[0];
}

async function stagingDryRun(site: Site): Promise<{ ended: Ended; changed: string[] }> {
  return site.once('staging dry run', async () => {
    const before = listing(site.installation);
    const ended = await script(site, 'deploy_mcp_servers.sh', 'staging');
    const after = listing(site.installation);
    const all = new Set([...before.keys(), ...after.keys()]);
    const changed = [...all].filter((path) => before.get(path) !== after.get(path));
    return { ended, changed };
  });
}

export async function dryRunFinding(site: Site): Promise<Finding> {
  const { ended } = await stagingDryRun(site);
  const rest = { command: ended.command, output: excerpt(ended) };
  if (ended.problem !== undefined) return inconclusive(ended.problem, rest);
  const lacking = site.lacks('systemd');
  // It ran to its end and says what is in the way: here, that nothing can be deployed.
  if (ended.code === REFUSED && lacking !== undefined) return skipped(lacking, rest);
  return holds(ended.code === 0, refusalOf(ended) ?? lastWords(ended), rest);
}

/** Nothing is different where releases are, but what the running services write. */
export async function noChangeFinding(site: Site): Promise<Finding> {
  const { ended, changed } = await stagingDryRun(site);
  const rest = {
    command: `ls -lR ${site.installation}, before and after`,
    output: changed.slice(0, 20).join('\n'),
    figure: changed.length,
    threshold: 0,
    unit: 'changes',
  };
  if (ended.code !== 0 && ended.code !== REFUSED) {
    return inconclusive('the dry run did not complete', rest);
  }
  if (changed.length > 0) return fail(`changed: ${changed.slice(0, 3).join(', ')}`, rest);
  if (existsSync(site.installation)) return pass(`${site.installation} is as it was`, rest);
  return pass(`${site.installation} does not exist, before and after`, rest);
}

export async function rollbackExists(site: Site): Promise<Finding> {
  const ended = await runPmcp(site, ['rollback', '--dry-run']);
  const rest = { command: ended.command, output: excerpt(ended) };
  if (ended.code === 0) return pass(lastWords(ended), rest);
  const words = ended.problem ?? lastWords(ended);
  if (ended.code === REFUSED) return firstRelease(site, words);
  return ended.code === 4 ? inconclusive(words, rest) : fail(words, rest);
}

/** Of a first release there is no way back but to do without. */
async function firstRelease(site: Site, why: string): Promise<Finding> {
  const ended = await runPmcp(site, ['rollback', '--immediate', '--dry-run']);
  const rest = { command: ended.command, output: excerpt(ended) };
  if (ended.code === 0) return pass(`--immediate is there; ${why}`, rest);
  return inconclusive(`${why}; ${lastWords(ended)}`, rest);
}

/** What it said last, or the failure that it ended with. */
export function lastWords(ended: Ended): string {
  // What went well ends with its answer; what it said on the way is on stderr.
  const answer = ended.code === 0 && ended.stdout.trim() !== '' ? { ...ended, stderr: '' } : ended;
  const lines = excerpt(answer).split('\n').filter(Boolean);
  // A failure of ours begins so, and ends with a hint.
  const failure = lines.find((line) => line.startsWith('pmcp: '));
  return (failure ?? lines.at(-1) ?? `exit code ${ended.code}`).slice(0, 300);
}

/** What a deploy writes, by path. Data and logs of running services change all the time. */
function listing(root: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string) => {
    try {
      const stats = lstatSync(path);
      found.set(path, `${stats.mode} ${stats.size} ${stats.mtimeMs} ${stats.ino}`);
      if (stats.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    } catch {
      // Gone between two looks, or not ours to see.
    }
  };
  for (const part of ['releases', 'current', 'current-bot', 'backups', 'marks', 'shared/config']) {
    visit(join(root, part));
  }
  return found;
}
