/** The three servers in a process of their own, so that its memory and its life can be watched. */
import { type RealServers, SERVERS, startRealServers } from './servers.ts';

let servers: RealServers | undefined;

async function measure() {
  // Twice, and a pause between: streams and sockets are let go of in stages.
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed } = process.memoryUsage();
  const children = process.getActiveResourcesInfo().filter((one) => one === 'ProcessWrap').length;
  process.send?.({ rss, heapUsed, children, sessions: servers?.sessions() });
}

process.on('message', (message) => {
  if (message === 'measure') measure();
  else servers?.close().then(() => process.disconnect());
});

servers = await startRealServers();
process.send?.(Object.fromEntries(SERVERS.map((server) => [server, servers?.url(server)])));
