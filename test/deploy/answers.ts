/** What a host in good order answers, for hosts that are none. */
import type { Answer, Host } from '../../src/deploy/host.ts';
import { layoutOf, UNITS } from '../../src/deploy/layout.ts';
import { factsOf, NEW, OLD } from './sample.ts';

export const ok = (stdout = ''): Answer => ({ code: 0, stdout, stderr: '' });
const facts = factsOf({ settings: { ENVIRONMENT: 'staging' } });

const botIn = (environment: string) =>
  JSON.stringify({
    schema: 'pmcp.status_report',
    pid: 10,
    release: '1',
    environment,
    status: {
      breaker: { trading: { kind: 'armed' }, mcp: { kind: 'armed' } },
      unknownOrders: 0,
      entriesAllowed: true,
      entriesReason: '',
    },
  });
export const HEALTHY = '{"schema":"pmcp.validation","verdict":"healthy","checks":[]}';
export const look = (errors: number) =>
  JSON.stringify({
    schema: 'pmcp.canary',
    requests: { count: 300, errors },
    firstError: null,
    toolCalls: null,
    orders: null,
    bot: { startedAtMs: 1 },
    health: { status: 'healthy', withinLimits: true },
  });

export function probeOf(current: string, environment = 'staging'): string {
  const units = Object.entries(facts.units).map(([name, text]) => `\n@@ unit ${name}\n${text}`);
  const services = Object.entries(facts.services).map(
    ([name, one]) =>
      `\n@@ service ${name}\nLoadState=loaded\nActiveState=active\nMainPID=${one.pid}`,
  );
  return `
@@ uid\n0\n\n@@ arch\nx86_64\n\n@@ systemd\nsystemd 252\n\n@@ user\n1\n
@@ disk\nd 1 1 99999999 1 /\nd 1000000 1 999999 1 /\n\n@@ writable\nyes\n\n@@ backups\nyes\n
@@ releases\n${OLD}\n\n@@ current\nreleases/${current}\n\n@@ current-bot\nreleases/${OLD}\n
@@ config\n600 pmcp /opt/polymarket-copy-bot/shared/config/.env\n\n@@ settings\nENVIRONMENT=${environment}
${units.join('\n')}\n${services.join('\n')}\n\n@@ bot\n${botIn(environment)}\n\n@@ health\n${HEALTHY}\n\n@@ end\n`;
}

export type Act = (words: string) => Answer | Error | undefined;

export interface Installed {
  current: string;
  bot: string;
  botPid: number;
  /** Release of the mcp process; undefined: it is of none. */
  mcp: string | undefined;
  mcpState: string;
  botState: string;
  good: readonly string[];
  audit: readonly { event: string; release: string }[];
  /** A change that waits, and what the host returns to. */
  revert: { release: string; to: string } | undefined;
}

/** What `takeInventory` reads on a host where two releases lie, [OLD] and [NEW]. */
export function inventoryOf(different: Partial<Installed> = {}): string {
  const all: Installed = {
    ...{ current: NEW, mcp: NEW, bot: OLD, botPid: 10, good: [OLD, NEW] },
    ...{ mcpState: 'active', botState: 'active', audit: [], revert: undefined, ...different },
  };
  const service = (name: string, state: string, pid: number, release?: string) =>
    `\n@@ service ${name}\nActiveState=${state}\nMainPID=${pid}\nNRestarts=0
Executable=${release === undefined ? '/usr' : layoutOf(ROOT).release(release)}/runtime/node\n`;
  const releases = [OLD, NEW].map((id) => {
    const { files: _, ...head } = manifestOf(id);
    return `\n@@ release ${id}\nsum -\n${JSON.stringify(head).slice(0, -1)}`;
  });
  const marks = all.good.map((release) => {
    const mark = { release, mark: 'good', at: '', by: 'ann', why: 'fine' };
    return `\n@@ mark ${release}\n${JSON.stringify(mark)}`;
  });
  const audit = all.audit.map((one) => JSON.stringify({ at: '2026-01-01', by: 'ann', ...one }));
  const { revert } = all;
  return `
@@ current\nreleases/${all.current}\n\n@@ current-bot\nreleases/${all.bot}\n
${releases.join('\n')}\n${marks.join('\n')}
@@ backups\n${BACKUP}\n
${service(UNITS.bot, all.botState, all.botPid, all.bot)}
${service(UNITS.mcp, all.mcpState, 11, all.mcp)}
@@ revert\n${revert ? `release=${revert.release}\ncurrent=${revert.to}` : ''}\n
@@ audit\n${audit.join('\n')}\n\n@@ end\n`;
}

const ROOT = '/opt/polymarket-copy-bot';
export const BACKUP = 'mcp_20260901T000000Z.tar.gz';

export function manifestOf(id: string) {
  const about = { pmcpVersion: '1', commit: '2222222', dirty: false, builtAt: '', arch: 'x64' };
  const schemas = { journal: 1, monitor: 1, breaker: 1 };
  const files = { 'bin/pmcp': 'a'.repeat(64) };
  return { schema: 'pmcp.release', version: 1, id, ...about, nodeVersion: '24', schemas, files };
}

/** A host that answers well to everything, but for what a test makes of it. */
export function hostThat(name: string, act: Act = () => undefined) {
  const ran: string[] = [];
  let probes = 0;
  const host: Host = {
    name,
    async run(argv) {
      const words = argv.join(' ');
      ran.push(words);
      if (argv[1] === '-s') probes += 1;
      const answer = act(argv[1] === '-s' ? `probe ${probes}` : words);
      if (answer instanceof Error) throw answer;
      if (answer) return answer;
      if (argv[1] === '-s') return ok(probeOf(OLD));
      if (words.includes('validate-health')) return ok(HEALTHY);
      if (words.includes('canary')) return ok(look(0));
      return ok();
    },
    async upload() {
      ran.push('upload');
    },
    close: async () => {},
  };
  return { host, ran };
}
