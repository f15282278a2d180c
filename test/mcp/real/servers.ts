import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallEnvironment, CallRecord } from '../../../src/mcp/call-tool.ts';
import { served, serveMcpHttp } from '../../../src/mcp/http.ts';
import { createMonitoringServer } from '../../../src/mcp/monitoring/server.ts';
import { createSearchEngine } from '../../../src/mcp/search/engine.ts';
import { createRoots } from '../../../src/mcp/search/roots.ts';
import { createSearchServer } from '../../../src/mcp/search/server.ts';
import { servePipe } from '../../../src/mcp/stdio/serve-pipe.ts';
import { createCoverageCheck } from '../../../src/mcp/testing/coverage-tools.ts';
import { createTestRuns } from '../../../src/mcp/testing/runs.ts';
import { createTestingServer } from '../../../src/mcp/testing/server.ts';
import { createFakeBot, type FakeBot } from './bot.ts';
import { createProject } from './project.ts';

export const SERVERS = ['codebase-search', 'testing', 'monitoring'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface RealServers {
  url(server: ServerName): string;
  /** Its `run/mcp.sock` is where `pmcp mcp --stdio` looks for them. */
  dataDir: string;
  root: string;
  bot: FakeBot;
  calls: CallRecord[];
  sessions(): number;
  close(): Promise<void>;
}

/** The three servers over a small project and a bot that is made up, over HTTP and over pipes. */
export async function startRealServers(given?: string): Promise<RealServers> {
  const own = given === undefined ? createProject() : { root: given, remove: () => undefined };
  const { root } = own;
  const dataDir = mkdtempSync(join(tmpdir(), 'pmcp-data-'));
  mkdirSync(join(dataDir, 'run'));
  const bot = createFakeBot();
  const calls: CallRecord[] = [];
  const environment: CallEnvironment = {
    gate: () => undefined,
    record: (call) => calls.push(call) > 100 && calls.shift(),
    redact: (text) => text,
  };
  const roots = await createRoots([root]);
  const engine = createSearchEngine({ roots, cacheTtlMs: 60_000 });
  const nowMs = () => Date.now();
  const limits = { timeMs: 60_000, memoryBytes: 1e9 };
  const project = { root, roots, node: process.execPath, nowMs, ...limits };
  const version = '1.0.0';
  const runs = createTestRuns({ root, node: project.node, limits, nowMs });
  const coverage = createCoverageCheck(project, 0.85, () => undefined);
  const definitions = [
    createSearchServer({ version, engine, ownPatterns: [] }),
    createTestingServer({ version, project, runs, coverage }),
    createMonitoringServer({ version, port: bot.port, ownLatch: () => ({ kind: 'armed' }) }),
  ];
  const servers = definitions.map((one) => served(one, environment));
  const http = await serveMcpHttp({ host: '127.0.0.1', port: 0, token: undefined, servers });
  const pipe = await servePipe(join(dataDir, 'run', 'mcp.sock'), definitions, environment);
  return {
    url: (server) => `http://127.0.0.1:${http.port}/mcp/${server}`,
    dataDir,
    root,
    bot,
    calls,
    sessions: http.sessions,
    async close() {
      engine.close();
      await Promise.all([http.close(), pipe.close()]);
      rmSync(dataDir, { recursive: true, force: true });
      own.remove();
    },
  };
}
