/**
 * Everything that can be known to fail, from the facts, before anything is changed. Each check is
 * one function; all of them speak, so that the operator sees every problem at once.
 */
import { heldUntil } from '../../core/market-hours.ts';
import type { Problem } from '../../errors.ts';
import type { ConfigFile, Facts } from '../facts/facts.ts';
import { SERVICE_USER, UNITS } from '../layout.ts';
import { holderState, lockWords } from '../lock-holder.ts';
import type { Plan } from '../step.ts';
import { megabytes } from './install.ts';
import type { DeployRequest } from './request.ts';

export interface Preflight {
  facts: Facts;
  request: DeployRequest;
  plan: Plan;
}

type Check = (preflight: Preflight) => Problem[];

/** Oldest with what the units use. */
const OLDEST_SYSTEMD = 247;
/** Files of a release, with room for what runs meanwhile. */
const SPARE_INODES = 1000;

/** Empty: nothing is known to be in the way. */
export function preflight(given: Preflight): Problem[] {
  return checks.flatMap((check) => check(given));
}

const checks: readonly Check[] = [
  machine,
  permissions,
  space,
  ports,
  configuration,
  marketHours,
  lock,
  bot,
  breakers,
  badRelease,
];

function machine({ facts, request }: Preflight): Problem[] {
  const problems: Problem[] = [];
  const { arch } = request.release.manifest;
  if (facts.arch !== arch) {
    problems.push({
      message: `the host is ${facts.arch}, the release is for ${arch}`,
      hint: `Pack it on or for ${facts.arch}.`,
    });
  }
  if (facts.systemd === undefined) {
    problems.push({
      message: 'systemd does not run there',
      hint: 'Deploy to a host that it manages.',
    });
  } else if (facts.systemd < OLDEST_SYSTEMD) {
    problems.push({
      message: `systemd is ${facts.systemd}; ${OLDEST_SYSTEMD} is the oldest that works`,
      hint: 'Upgrade the host, to Debian 11 or newer for example.',
    });
  }
  if (facts.missingPrograms.length > 0) {
    const names = facts.missingPrograms.join(', ');
    problems.push({ message: `programs are missing there: ${names}`, hint: 'Install them.' });
  }
  return problems;
}

function permissions({ facts, request }: Preflight): Problem[] {
  if (!facts.isRoot) {
    const hint = 'Log in as root, or as a user whose sudo asks for no password (NOPASSWD).';
    return [{ message: 'units and links belong to root, and this user may not act as it', hint }];
  }
  const problems: Problem[] = [];
  const { root, backups } = request.layout;
  if (!facts.writable) {
    problems.push({ message: `${root} cannot be written`, hint: 'Is it mounted read-only?' });
  }
  if (!facts.backupsWritable) {
    problems.push({ message: `${backups} cannot be written`, hint: 'Check its owner and mode.' });
  }
  return problems;
}

function space({ facts, request, plan }: Preflight): Problem[] {
  const { disk } = facts;
  if (!disk) return [{ message: 'free disk space cannot be told', hint: 'See `df` there.' }];
  const problems: Problem[] = [];
  const hint = '`pmcp releases prune` removes old releases.';
  if (disk.freeBytes < plan.diskBytesNeeded) {
    const [free, needed] = [megabytes(disk.freeBytes), megabytes(plan.diskBytesNeeded)];
    problems.push({ message: `${free} are free on the disk, ${needed} are needed`, hint });
  }
  const inodes = Object.keys(request.release.manifest.files).length + SPARE_INODES;
  if (disk.freeInodes < inodes) {
    const message = `${disk.freeInodes} files can still be made on the disk, ${inodes} are needed`;
    problems.push({ message, hint });
  }
  return problems;
}

const PORTS: readonly [key: string, usual: number][] = [
  ['DASHBOARD_PORT', 8080],
  ['METRICS_PORT', 9090],
  ['MCP_HTTP_PORT', 8081],
];

/** Its own services may listen there. */
function ports({ facts }: Preflight): Problem[] {
  const ours = Object.values(facts.services).map(({ pid }) => pid);
  return PORTS.flatMap(([key, usual]) => {
    const port = Number(facts.settings[key] ?? usual);
    const taken = facts.listening.find(
      (one) =>
        one.port === port && (one.pid === undefined ? !isOurs(facts) : !ours.includes(one.pid)),
    );
    if (!taken) return [];
    const who = taken.program === undefined ? '' : ` by ${taken.program} (pid ${taken.pid})`;
    const hint = `Stop it, or set ${key} there.`;
    return [{ message: `port ${port} (${key}) is taken${who}`, hint }];
  });
}

/** Who listens is not told: then it is us when we run. */
function isOurs({ services }: Facts): boolean {
  return services[UNITS.mcp]?.active === 'active';
}

function configuration({ facts, request }: Preflight): Problem[] {
  const { layout, target } = request;
  const [path, named] = [`${layout.config}/.env`, `${layout.config}/.env.${target}`];
  const problems = facts.config.flatMap(fileProblems);
  if (!facts.config.some((file) => file.path === path || file.path === named)) {
    problems.push({
      message: `there is no ${path}`,
      hint: `Put it there: install -D -m 600 .env ${path}`,
    });
  } else if (facts.settings['ENVIRONMENT'] !== target) {
    const found = facts.settings['ENVIRONMENT'] ?? 'not set';
    problems.push({
      message: `ENVIRONMENT is ${found} in ${path}, this is a deploy to ${target}`,
      hint: `Set ENVIRONMENT=${target} there, or deploy to the other one.`,
    });
  }
  return problems;
}

function fileProblems({ path, mode, owner }: ConfigFile): Problem[] {
  const problems: Problem[] = [];
  const isSecret = !path.endsWith('wallets.json');
  if (isSecret && (Number.parseInt(mode, 8) & 0o077) !== 0) {
    problems.push({ message: `${path} has mode ${mode}`, hint: `chmod 600 ${path}` });
  }
  if (owner !== SERVICE_USER && owner !== 'root') {
    const hint = `chown ${SERVICE_USER}: ${path}`;
    problems.push({ message: `${path} belongs to ${owner}`, hint });
  }
  return problems;
}

function marketHours({ facts }: Preflight): Problem[] {
  const { settings, atMs } = facts;
  const hours = {
    enabled: settings['MCP_MARKET_HOURS_ENABLED'] === 'true',
    start: Number(settings['MCP_MARKET_HOURS_START'] ?? 9),
    end: Number(settings['MCP_MARKET_HOURS_END'] ?? 16),
  };
  const until = heldUntil(hours, atMs);
  if (until === undefined) return [];
  const end = new Date(until).toISOString().slice(0, 16);
  return [{ message: `market hours last until ${end}Z`, hint: 'Deploy after them.' }];
}

function lock({ facts, request }: Preflight): Problem[] {
  const { lock: held } = facts;
  if (!held || held.holder?.token === request.token) return [];
  const hint =
    holderState(held) === 'alive'
      ? 'Wait with --lock-wait SECONDS.'
      : 'If the holder is dead: `pmcp releases unlock`.';
  return [{ message: `locked by ${lockWords(held, facts.atMs)}`, hint }];
}

/** A deploy to a host whose bot is in trouble hides the trouble. */
function bot({ facts, request }: Preflight): Problem[] {
  if (facts.currentBot === undefined) return [];
  const { bot: found } = facts;
  if ('problem' in found) {
    return [{ message: `the bot does not answer: ${found.problem}`, hint: 'Mend it first.' }];
  }
  const problems: Problem[] = [];
  if (found.environment !== request.target) {
    problems.push({
      message: `the bot runs as ${found.environment}`,
      hint: `This is a deploy to ${request.target}.`,
    });
  }
  if (found.unknownOrders > 0) {
    problems.push({
      message: `${found.unknownOrders} orders have an outcome that nobody knows yet`,
      hint: 'They are settled by themselves; see `pmcp status`, then try again.',
    });
  }
  return problems;
}

function breakers({ facts: { bot: found } }: Preflight): Problem[] {
  if ('problem' in found) return [];
  const latches = { trading: found.tradingBreaker, mcp: found.mcpBreaker };
  return Object.entries(latches)
    .filter(([, state]) => state !== 'armed')
    .map(([latch, state]) => ({
      message: `the ${latch} breaker is ${state}`,
      hint: 'See `pmcp breaker status` there; reset it when the cause is gone.',
    }));
}

function badRelease({ facts, request }: Preflight): Problem[] {
  const { id } = request.release.manifest;
  if (facts.marks[id] !== 'bad') return [];
  return [
    {
      message: `release ${id} was marked bad on this host`,
      hint: `Deploy another one; was the host at fault, \`pmcp releases mark good ${id} --host ${facts.host}\`.`,
    },
  ];
}
