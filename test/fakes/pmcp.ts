/**
 * pmcp with a bot that only talks: real exchange, real mcp process, made-up status and events. Runs
 * as a program of its own, so that `up` can be tried without trading.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStatusServer } from '../../src/bot/status-server.ts';
import { createContext } from '../../src/create-context.ts';
import { main } from '../../src/main.ts';
import { fakeHello } from './status.ts';
import { fakeEvents, fakeUpView } from './up-view.ts';

const EVENT_EVERY_MS = Number(process.env['FAKE_EVENT_MS'] ?? 400);

async function bot(): Promise<void> {
  const context = createContext({ json: false, color: false, verbose: false });
  const dataDir = await context.dataDir();
  appendFileSync(join(dataDir, 'fake-bots'), `${process.pid}\n`);
  const { pid } = process;
  const server = await createStatusServer({
    socketPath: join(dataDir, 'run', 'status.sock'),
    hello: { ...fakeHello, pid, startedAtMs: context.clock.now() },
    now: context.clock.now,
    onHalt: () => {},
  });
  const { status } = fakeUpView();
  const tell = () => status && server.publish(status);
  const timers = [setInterval(tell, 1000)];
  tell();
  let next = 0;
  const events = fakeEvents();
  timers.push(
    setInterval(() => {
      const event = events[next++ % events.length];
      if (event) server.event(event);
    }, EVENT_EVERY_MS),
  );
  context.signal.addEventListener('abort', async () => {
    for (const timer of timers) clearInterval(timer);
    await server.close();
  });
}

const argv = process.argv.slice(2);
if (argv[0] === 'bot') await bot();
else process.exitCode = await main(argv);
