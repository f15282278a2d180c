/**
 * pmcp with a sidecar that spoils trading on purpose: FAKE_STALL_MS of every FAKE_STALL_EVERY_MS it
 * holds the bot still. Everything else is the real program.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createContext } from '../../src/create-context.ts';
import { main } from '../../src/main.ts';
import { readStatusOnce } from '../../src/observe/status-client.ts';

async function sidecar(dataDir: string): Promise<void> {
  const context = createContext({ json: false, color: false, verbose: false });
  const ports = ['DASHBOARD_PORT', 'METRICS_PORT', 'MCP_HTTP_PORT'];
  const servers = ports.map((key) =>
    createServer((request, response) => {
      // Enough of MCP for a client that looks at nothing.
      response.setHeader('Mcp-Session-Id', 'one');
      response.end(request.method === 'POST' ? '{"jsonrpc":"2.0","id":1,"result":{}}' : 'ok');
    }).listen(Number(process.env[key]), '127.0.0.1'),
  );
  const bot = await readStatusOnce(join(dataDir, 'run', 'status.sock'), 5000);
  const pid = 'hello' in bot ? bot.hello.pid : 0;
  const stallMs = Number(process.env['FAKE_STALL_MS'] ?? 0);
  const resume = () => process.kill(pid, 'SIGCONT');
  const timer =
    stallMs > 0 && pid > 0
      ? setInterval(
          () => {
            process.kill(pid, 'SIGSTOP');
            setTimeout(resume, stallMs);
          },
          Number(process.env['FAKE_STALL_EVERY_MS'] ?? 500),
        )
      : undefined;
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(timer);
  if (timer) resume();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
}

const argv = process.argv.slice(2);
if (argv[0] === 'mcp') await sidecar(argv[argv.indexOf('--data-dir') + 1] ?? '');
else process.exitCode = await main(argv);
