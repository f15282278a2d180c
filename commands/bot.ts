import { defineCommand } from '../src/command.ts';
import { VERSION } from '../src/version.ts';

export default defineCommand({
  name: 'bot',
  summary: 'run the copy-trading bot',
  description: `Follows the wallets of WALLETS_FILE and copies their trades within the configured
limits: on paper (the default) against \`pmcp exchange\`, in shadow mode against the live venue
with paper fills, in live mode with real orders. Every decision is in DATA_DIR/journal.db; see
\`pmcp trades\`.

Prints one line an event, or NDJSON with --json; with PMCP_LOG=json in the environment they are
lines for \`pmcp logs\`. Ctrl-C stops it cleanly; neither a stop nor a
crash loses anything: the next start goes on from the journal.`,
  examples: ['pmcp bot', 'TRADING_MODE=shadow pmcp bot', 'pmcp bot --json | jq .event.kind'],
  async run(_, context) {
    const config = await context.config();
    const dataDir = await context.dataDir();
    const { describeEvent } = await import('../src/bot/describe-event.ts');
    const { eventLine } = await import('../src/bot/event-log.ts');
    const { runBot } = await import('../src/bot/run-bot.ts');
    const { createNotifier } = await import('../src/host/notify.ts');
    const service = createNotifier();
    const { flags, out, clock, signal } = context;
    const running = await runBot({
      config,
      clock,
      dataDir,
      release: VERSION,
      signal,
      onCycle: service.cycle,
      onEvent(event) {
        const atMs = clock.now();
        if (flags.json) out.document({ schema: 'pmcp.bot-event', version: 1, atMs, event });
        else if (process.env['PMCP_LOG'] === 'json') {
          out.line(JSON.stringify(eventLine(event, Date.now(), atMs)));
        } else out.line(`${new Date(atMs).toISOString()} ${describeEvent(event)}`);
      },
    });
    service.ready();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    service.close();
    await running.stop();
    return undefined;
  },
});
