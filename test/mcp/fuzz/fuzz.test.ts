import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../real/daemon.ts';
import { SERVERS, type ServerName } from '../real/servers.ts';
import { createFuzzClient, type FuzzClient } from './client.ts';
import { createRandom, malformed } from './malformed.ts';

const REQUESTS = 10_000;
const AT_ONCE = 16;
const SEED = 20_261_122;

let daemon: Daemon;
let client: FuzzClient;

beforeAll(async () => {
  daemon = await startDaemon();
  client = createFuzzClient(new URL(daemon.url('monitoring')).origin, AT_ONCE);
});
afterAll(async () => {
  await client.close();
  await daemon.close();
});

/** Calls `work` so many times, at most AT_ONCE at a time. */
async function repeat(times: number, work: (turn: number) => Promise<void>): Promise<void> {
  let turn = 0;
  const worker = async () => {
    while (turn < times) await work(turn++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A call that shows that the server lives. */
const PROOF: Record<ServerName, [string, object]> = {
  'codebase-search': ['tools/call', { name: 'list_patterns' }],
  testing: ['tools/call', { name: 'get_test_coverage' }],
  monitoring: ['tools/call', { name: 'get_system_health' }],
};

test.each(SERVERS)(
  '%s answers each of 10,000 malformed requests by one clear error',
  async (server) => {
    const path = `/mcp/${server}`;
    const random = createRandom(SEED + SERVERS.indexOf(server));
    const session = await client.initialize(path);
    const before = await daemon.measure();
    const wrong: string[] = [];
    await repeat(REQUESTS, async () => {
      const problem = await client.judge(malformed(random, server, session));
      if (problem !== undefined) wrong.push(problem);
    });
    expect(wrong).toEqual([]);
    const [method, params] = PROOF[server];
    expect(await client.call(path, session, method, params)).toBeDefined();
    // The first server also loads the second era of the protocol.
    const after = await daemon.measure();
    expect(after.rss - before.rss).toBeLessThan(32 * 1024 * 1024);
    expect(after).toMatchObject({ children: 0, sessions: before.sessions });
    expect(daemon.complaints()).toBe('');
  },
  300_000,
);
