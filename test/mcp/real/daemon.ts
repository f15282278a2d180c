import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { nodeFlagsFor } from '../../../src/host/node-flags.ts';
import type { ServerName } from './servers.ts';

const urls = z.object({
  'codebase-search': z.string(),
  testing: z.string(),
  monitoring: z.string(),
});
const measured = z.object({
  rss: z.number(),
  heapUsed: z.number(),
  children: z.number(),
  sessions: z.number(),
});

export interface Daemon {
  url(server: ServerName): string;
  /** After a garbage collection. */
  measure(): Promise<z.output<typeof measured>>;
  /** What it wrote, and how it ended if it did: nothing and null when all is well. */
  complaints(): string;
  close(): Promise<void>;
}

export async function startDaemon(): Promise<Daemon> {
  const child = fork(join(import.meta.dirname, 'child.ts'), {
    execArgv: [...nodeFlagsFor('mcp'), '--expose-gc'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH },
  });
  let complaints = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      complaints += chunk;
    });
  }
  child.once('exit', (code, signal) => {
    if (code !== 0) complaints += `ended with ${code ?? signal}`;
  });
  const known = urls.parse(await next(child));
  return {
    url: (server) => known[server],
    complaints: () => complaints,
    async measure() {
      child.send('measure');
      return measured.parse(await next(child));
    },
    async close() {
      if (child.exitCode !== null || !child.connected) return;
      const ended = once(child, 'exit');
      child.send('close');
      await ended;
    },
  };
}

async function next(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(20_000) });
  return message;
}
