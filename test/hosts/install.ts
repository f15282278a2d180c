import { join } from 'node:path';
import { formatClock } from '../../src/clock.ts';
import {
  type Layout,
  layoutOf,
  SERVICE_USER,
  UNIT_DIRECTORY,
  UNITS,
} from '../../src/deploy/layout.ts';
import { type Packed, packRelease } from '../../src/deploy/release/pack.ts';
import { DEFAULT_FACTS, EXCHANGE_UNIT, renderUnits } from '../../src/deploy/units.ts';
import { root as checkout } from '../house/source.ts';
import { gatherEvidence, readJournal } from '../journeys/evidence.ts';
import { type Account, account, type Control, leadersOf, until } from '../journeys/paper-world.ts';
import { prove, undecidedFills } from '../journeys/proofs.ts';
import { TIGHT_ENV, TIGHT_RULES } from '../journeys/rules.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { startHost, type TestHost, type TestHostOptions } from './host.ts';

export interface PaperInstallation {
  root: string;
  packed: Packed;
  /** What `pmcp ...args --json` of the installation answers there. */
  ask<T>(...args: string[]): Promise<T>;
  /** Id of the running process of a unit; 0 when there is none. */
  pidOf(unit: string): Promise<number>;
  /** Decisions in the journal: grows as long as the bot trades. */
  decisions(): Promise<number>;
}

export interface InstallOptions {
  root?: string;
  /** What the market does. */
  scenario?: string;
  /** How much faster than real time all three run. */
  speed?: number;
  /** Lines for the `.env` of the installation. */
  env?: readonly string[];
  /** Settings of units for the test, such as a shorter watchdog: unit, then lines. */
  dropIns?: Readonly<Record<string, readonly string[]>>;
}

/** A paper installation on a host of its own, and both sides of its trading. */
export interface PaperHost {
  host: TestHost;
  installation: PaperInstallation;
  /** Halts entries, then holds journal and venue against every promise; none broken is []. */
  violations(): Promise<string[]>;
}

/** Boots a host and installs this checkout there; its data can be read from here. */
export async function startPaperHost(
  name: string,
  options: Omit<InstallOptions, 'root'> & Pick<TestHostOptions, 'binds'> = {},
): Promise<PaperHost> {
  const layout = layoutOf('/opt/polymarket-copy-bot');
  const dataDir = temporaryDirectory();
  const packed = await packOnce();
  const binds = [`${dataDir}:${layout.data}`, ...(options.binds ?? [])];
  const host = await startHost({ name, binds });
  const env = envLines(TIGHT_ENV, options.env);
  const installation = await installPaperHost(host, packed, { ...options, env });
  return {
    host,
    installation,
    async violations() {
      await installation.ask('halt', 'the test is over');
      const evidence = await gatherEvidence({ ...(await exchangeOf(host)), dataDir });
      return prove(evidence, TIGHT_RULES).violations;
    },
  };
}

/** What is given, and defaults for the rest: no key may be there twice. */
function envLines(defaults: Readonly<Record<string, string>>, given: readonly string[] = []) {
  const lines = Object.entries(defaults).map(([key, value]) => `${key}=${value}`);
  const isGiven = (line: string) => given.some((one) => one.split('=')[0] === line.split('=')[0]);
  return [...lines.filter((line) => !isGiven(line)), ...given];
}

/** The side door of the exchange there, which only that host can reach. */
export async function exchangeOf(host: TestHost): Promise<Control> {
  const url = 'http://127.0.0.1:8090';
  const curl = (path: string, ...argv: string[]) =>
    host.must(['curl', '-sSf', ...argv, `${url}/control/${path}`]);
  return {
    url,
    get: async <T>(path: string) => JSON.parse(await curl(path)) as T,
    fault: async (fault) => {
      await curl('faults', '-d', JSON.stringify(fault));
    },
    clearFaults: async () => {
      await curl('faults', '-X', 'DELETE');
    },
  };
}

/** Waits until every fill that leaders made before now has a decision: none was missed. */
export async function expectNoneMissed(host: TestHost, dataDir: string): Promise<void> {
  const control = await exchangeOf(host);
  const leaders: Account[] = [];
  for (const { wallet } of await leadersOf(control)) leaders.push(await account(control, wallet));
  let missed: string[] = [];
  await until('a decision for every fill', 60_000, async () => {
    missed = undecidedFills({ journal: readJournal(dataDir), leaders });
    return missed.length === 0 || undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; without one: ${missed.join(', ')}`);
  });
}

let packing: Promise<Packed> | undefined;

/** This checkout as a release, packed once a test file. */
export function packOnce(): Promise<Packed> {
  packing ??= packRelease({ from: checkout, into: temporaryDirectory(), nowMs: Date.now() });
  return packing;
}

/**
 * What deploying makes, made by hand, so that tests of deploying have something to begin with:
 * user, directories, release, links, units; exchange, bot and mcp on paper. Returns when it trades.
 */
export async function installPaperHost(
  host: TestHost,
  packed: Packed,
  options: InstallOptions = {},
): Promise<PaperInstallation> {
  const layout = layoutOf(options.root ?? '/opt/polymarket-copy-bot');
  const { id } = packed.manifest;
  await host.upload(packed.path, '/tmp/release.tar.gz');
  await host.sh(`
    useradd --system --home-dir ${layout.root} --shell /usr/sbin/nologin ${SERVICE_USER}
    mkdir -p ${layout.release(id)} ${layout.config} ${layout.data} ${layout.backups} ${layout.marks}
    chown ${SERVICE_USER}: ${layout.config} ${layout.data}
    chmod 0700 ${layout.config} ${layout.data}
    tar -xzf /tmp/release.tar.gz -C ${layout.release(id)}
    rm /tmp/release.tar.gz
    ln -s releases/${id} ${layout.current}
    ln -s releases/${id} ${layout.currentBot}`);
  const places = { DATA_DIR: layout.data, MCP_PROJECT_DIRS: layout.current };
  const env = [...envLines(places, options.env), ''];
  await host.write(join(layout.config, '.env'), env.join('\n'));
  await host.sh(`chown ${SERVICE_USER}: ${layout.config}/.env; chmod 0600 ${layout.config}/.env`);
  for (const { name, text } of renderUnits(layout.root, DEFAULT_FACTS)) {
    await host.write(join(UNIT_DIRECTORY, name), text);
  }
  await writeDropIns(host, layout.currentBot, options);
  const units = [EXCHANGE_UNIT, UNITS.bot, UNITS.mcp].join(' ');
  await host.sh(`systemctl daemon-reload; systemctl enable --quiet --now ${units}`);
  const installation = observe(host, layout.root, packed);
  const trading = async () => {
    // Until the bot has begun its journal there is none to ask.
    const decisions = await installation.decisions().catch(() => 0);
    return decisions > 0 || undefined;
  };
  await until('the paper host trades', 60_000, trading);
  return installation;
}

/** What an operator puts on a staging host before its first deploy; monitoring looks often there. */
export async function prepareStaging(
  host: TestHost,
  { config, currentBot }: Layout,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { MONITORING_MAX_CPU_PERCENT: _, MONITORING_MAX_MEMORY_MB: __, ...limits } = TIGHT_ENV;
  const settings = { ...limits, ENVIRONMENT: 'staging', MONITOR_INTERVAL_SECONDS: '2', ...more };
  await host.write(`${config}/.env`, [...envLines(settings), ''].join('\n'), '0600');
  await writeDropIns(host, currentBot, { scenario: 'calm' });
}

async function writeDropIns(host: TestHost, bin: string, options: InstallOptions): Promise<void> {
  const nowMs = Date.now();
  const clock = formatClock(nowMs, nowMs, options.speed ?? 1);
  const scenario = options.scenario ?? 'volatile';
  const world = `ExecStart=\nExecStart=${bin}/bin/pmcp exchange --scenario ${scenario} --seed 1`;
  for (const unit of [EXCHANGE_UNIT, UNITS.bot, UNITS.mcp]) {
    const lines = [`Environment=PMCP_CLOCK=${clock}`, ...(options.dropIns?.[unit] ?? [])];
    if (unit === EXCHANGE_UNIT) lines.push(world);
    const text = `[Service]\n${lines.join('\n')}\n`;
    await host.write(join(UNIT_DIRECTORY, `${unit}.d`, 'test.conf'), text);
  }
}

function observe(host: TestHost, root: string, packed: Packed): PaperInstallation {
  const layout = layoutOf(root);
  const ask = async <T>(...args: string[]): Promise<T> => {
    // In the clock and the configuration of the services, as their own user.
    const script = `cd ${layout.config} && exec ${layout.current}/bin/pmcp "$@" --json`;
    const user = ['setpriv', '--reuid', SERVICE_USER, '--regid', SERVICE_USER, '--clear-groups'];
    return JSON.parse(await host.must([...user, 'sh', '-c', script, 'sh', ...args])) as T;
  };
  return {
    root,
    packed,
    ask,
    pidOf: async (unit) =>
      Number(await host.must(['systemctl', 'show', unit, '--property=MainPID', '--value'])),
    decisions: async () => {
      const list = ['trades', 'list', '--limit', '1000000'];
      return (await ask<{ decisions: unknown[] }>(...list)).decisions.length;
    },
  };
}
