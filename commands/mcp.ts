import { join } from 'node:path';
import { defineCommand } from '../src/command.ts';
import { VERSION } from '../src/version.ts';

export default defineCommand({
  name: 'mcp',
  summary: 'run monitoring, health and metrics beside the bot',
  description: `Watches the bot over its status socket and serves

  http://127.0.0.1:8080/health    the verdict on every component, as JSON (and / for people)
  http://127.0.0.1:8080/livez     200 while this process serves
  http://127.0.0.1:8080/readyz    200, or 503 when something is critical
  http://127.0.0.1:9090/metrics   for Prometheus

It never touches trading: the bot can die, hang or be absent, and this process says so.
Ports and hosts: DASHBOARD_PORT, DASHBOARD_HOST, METRICS_PORT, METRICS_HOST.`,
  examples: ['pmcp mcp', 'DASHBOARD_PORT=18080 METRICS_PORT=19090 pmcp mcp'],
  run: async (_options, context) => {
    const bareRssBytes = process.memoryUsage.rss();
    const config = await context.config();
    const socketPath = join(await context.dataDir(), 'run', 'status.sock');
    const { startDaemon } = await import('../src/observe/daemon.ts');
    const daemon = await startDaemon({ config, socketPath, release: VERSION, bareRssBytes });
    const { dashboardPort, metricsPort } = daemon;
    if (context.flags.json) {
      context.out.document({ schema: 'pmcp.mcp', version: 1, dashboardPort, metricsPort });
    } else {
      if (dashboardPort !== undefined) {
        context.out.line(`health   http://${config.DASHBOARD_HOST}:${dashboardPort}/health`);
      }
      if (metricsPort !== undefined) {
        context.out.line(`metrics  http://${config.METRICS_HOST}:${metricsPort}/metrics`);
      }
    }
    await aborted(context.signal);
    await daemon.close();
    return undefined;
  },
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
