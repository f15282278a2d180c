import { existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { defineCommand, type Outcome } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { ConfigError, RefusedError } from '../src/errors.ts';
import { CLIENTS, mergeInstall, planInstall, SERVER_NAMES } from '../src/mcp/install.ts';
import type { RunningProcess } from '../src/mcp-process.ts';
import { VERSION } from '../src/version.ts';

const install = defineCommand({
  name: 'install',
  summary: 'print or write the configuration of an MCP client',
  description: `Prints what the client needs to start the three servers over stdio; with --write it is merged
into the client's own file in this directory, and what else stands there is kept.`,
  examples: [
    'pmcp mcp install json',
    'pmcp mcp install claude-code --write',
    'pmcp mcp install cursor',
  ],
  arguments: [{ name: '<client>', summary: CLIENTS.join(', '), choices: CLIENTS }],
  options: [{ flags: '--write', summary: 'write it to the file of the client' }],
  async run({ client, write }, context): Promise<Outcome> {
    const known = CLIENTS.find((one) => one === client) ?? 'json';
    const launcher = launcherOf(process.argv[1] ?? '');
    const plan = planInstall(known, { launcher, dataDir: await context.dataDir() });
    if (write === true) await writeTo(plan.file, (existing) => mergeInstall(plan, existing));
    const configuration = { [plan.key]: plan.servers };
    const data = { client: known, file: plan.file ?? null, written: write === true, configuration };
    return { schema: 'pmcp.mcp-install', version: 1, data };
  },
  render({ data }) {
    const { file, written, configuration } = data as Record<string, unknown>;
    const json = JSON.stringify(configuration, null, 2);
    if (written) return `written to ${file}`;
    return file === null ? json : `${json}\n\nPut it into ${file}, or run again with --write.`;
  },
});

async function writeTo(
  file: string | undefined,
  merge: (existing: string | undefined) => string | undefined,
): Promise<void> {
  if (file === undefined) {
    throw new RefusedError('this client has no file of its own to write', {
      hint: 'Leave --write out and copy the output.',
    });
  }
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  const merged = merge(existing);
  if (merged === undefined) {
    throw new ConfigError(`${file}: is not a JSON object, so it was left alone`, {
      hint: 'Mend it, or copy the output of this command without --write.',
    });
  }
  const { writeFileAtomic } = await import('../src/state/atomic-file.ts');
  mkdirSync(dirname(file), { recursive: true });
  writeFileAtomic(file, merged, 0o644);
}

/** Beside dist/pmcp.cjs, which is what runs; of a release on a host, by the link to the current. */
function launcherOf(script: string): string {
  const root = join(dirname(script), '..');
  const current = join(root, '..', '..', 'current');
  const isRelease = basename(dirname(root)) === 'releases' && existsSync(current);
  return join(isRelease ? current : root, 'bin', 'pmcp');
}

export default defineCommand({
  name: 'mcp',
  summary: 'run the MCP servers, health and metrics beside the bot',
  description: `Watches the bot over its status socket and serves

  http://127.0.0.1:8080/health          the verdict on every component
  http://127.0.0.1:8080/livez, /readyz  the same by status code
  http://127.0.0.1:9090/metrics         for Prometheus
  http://127.0.0.1:8081/mcp/<server>    MCP over HTTP

With --stdio one server speaks over stdin and stdout, through the process that already runs; where
none runs, it is started. It never touches trading: an assistant can see, and can halt, nothing else.`,
  examples: [
    'pmcp mcp',
    'pmcp mcp --stdio monitoring',
    'DASHBOARD_PORT=18080 METRICS_PORT=19090 MCP_HTTP_PORT=18081 pmcp mcp',
    'pmcp mcp install claude-code',
  ],
  options: [
    {
      flags: '--stdio <server>',
      summary: 'speak MCP over stdin and stdout',
      choices: SERVER_NAMES,
    },
  ],
  subcommands: [install],
  async run({ stdio }, context) {
    const bareRssBytes = process.memoryUsage.rss();
    if (typeof stdio === 'string') await pipe(stdio, context);
    else await daemon(context, bareRssBytes);
    return undefined;
  },
});

async function pipe(server: string, context: Context): Promise<void> {
  const dataDir = await context.dataDir();
  const { pipeToDaemon, startDetached } = await import('../src/mcp/stdio/pipe.ts');
  const { execPath, execArgv, argv } = process;
  const daemonArgv = [execPath, ...execArgv, argv[1] ?? '', 'mcp', '--data-dir', dataDir];
  if (context.flags.env !== undefined) daemonArgv.push('--env', context.flags.env);
  await pipeToDaemon({
    socketPath: join(dataDir, 'run', 'mcp.sock'),
    server,
    startDaemon: () => startDetached(daemonArgv, process.env),
    input: process.stdin,
    output: process.stdout,
    signal: context.signal,
  });
}

async function daemon(context: Context, bareRssBytes: number): Promise<void> {
  const config = await context.config();
  const dataDir = await context.dataDir();
  const { startMcpProcess } = await import('../src/mcp-process.ts');
  const { createNotifier } = await import('../src/host/notify.ts');
  const service = createNotifier();
  const { clock, out } = context;
  const running = await startMcpProcess({
    config,
    dataDir,
    clock,
    release: VERSION,
    bareRssBytes,
    onNote: out.note,
    onRound: service.cycle,
  });
  if (context.flags.json) {
    context.out.document({ schema: 'pmcp.mcp', version: 1, ...running.ports });
  } else for (const line of addresses(running)) context.out.line(line);
  if (!config.MONITORING_ENABLED) service.noCycles();
  service.ready();
  await aborted(context.signal);
  service.close();
  await running.close();
}

function addresses({ ports, hosts }: RunningProcess): string[] {
  const { dashboardPort, metricsPort, mcpPort } = ports;
  const lines: string[] = [];
  if (dashboardPort) lines.push(`health   http://${hosts.dashboard}:${dashboardPort}/health`);
  if (metricsPort) lines.push(`metrics  http://${hosts.metrics}:${metricsPort}/metrics`);
  if (mcpPort) lines.push(`mcp      http://${hosts.mcp}:${mcpPort}/mcp/<server>`);
  return lines;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
