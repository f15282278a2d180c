import { type Clock, formatClock, parseClock, realClock } from '../src/clock.ts';
import { defineCommand, type Options } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { MICRO } from '../src/core/money.ts';
import { RefusedError, UsageError } from '../src/errors.ts';

export const SCENARIOS = [
  'calm',
  'volatile',
  'thin-book',
  'gap',
  'resolution-day',
  'losing-streak',
] as const;

/** Lines a second at most; a busy market says more than anybody can read. */
const LINES_PER_SECOND = 5;

export default defineCommand({
  name: 'exchange',
  summary: 'run the embedded paper exchange',
  description:
    'Speaks the venue’s own protocol on loopback: REST under /clob, /data, /gamma, /relayer and\n' +
    '/rpc, sockets /ws/market, /ws/user and /rtds. Verifies keys and order signatures, matches\n' +
    'against a book that market makers and leaders trade on, settles, and resolves markets.\n' +
    'Money is play money, and its chain is not Polygon: nothing signed here is worth anything.\n' +
    'Faults are armed at /control/faults; GET it for the list. Ctrl-C stops it.',
  examples: [
    'pmcp exchange',
    'pmcp exchange --scenario volatile --seed 7 --speed 60',
    'pmcp exchange --port 0 --json',
    'curl -s 127.0.0.1:8090/control/leaders',
    'curl -sd \'{"kind":"lost_answer","count":1}\' 127.0.0.1:8090/control/faults',
  ],
  options: [
    {
      flags: '--scenario <name>',
      summary: `${SCENARIOS.join(', ')}, or recorded:FILE`,
      defaultValue: 'calm',
    },
    {
      flags: '--seed <number>',
      summary: 'same seed, same world',
      parse: 'integer',
      defaultValue: 1,
    },
    {
      flags: '--speed <factor>',
      summary: 'how much faster than real time runs',
      parse: 'number',
      defaultValue: 1,
    },
    { flags: '--host <address>', summary: 'instead of EXCHANGE_HOST' },
    { flags: '--port <number>', summary: 'instead of EXCHANGE_PORT; 0 is any', parse: 'integer' },
    { flags: '--memory', summary: 'keep nothing in DATA_DIR: a new world each time' },
  ],
  async run(options, context) {
    const { createNotifier } = await import('../src/host/notify.ts');
    const { startExchange, storedTimeMs } = await import('../src/exchange/server.ts');
    const config = await context.config();
    const dataDir = options['memory'] === true ? undefined : await context.dataDir();
    const clock = clockOf(options, context, dataDir === undefined ? 0 : storedTimeMs(dataDir));
    const exchange = await startExchange({
      host: typeof options['host'] === 'string' ? options['host'] : config.EXCHANGE_HOST,
      port: portOf(options['port']) ?? config.EXCHANGE_PORT,
      clock,
      scenario: String(options['scenario']),
      seed: Number(options['seed']),
      balanceMicro: Math.round(config.PAPER_BALANCE * MICRO),
      ...(dataDir !== undefined && { dataDir }),
      onError: (error) => context.out.note(`exchange: a request failed: ${String(error)}`),
    });
    const { describe } = await import('../src/exchange/describe.ts');
    const say = narrator(context, clock);
    const stop = exchange.engine.on((event) => {
      const words = describe(exchange.engine, event);
      if (words) say(words);
    });
    say({ kind: 'listening', text: `paper exchange on ${exchange.url}`, url: exchange.url });
    for (const { name, wallet, style } of exchange.engine.leaders()) {
      say({ kind: 'leader', text: `leader ${name} ${wallet}: ${style}`, wallet, name }, true);
    }
    const service = createNotifier();
    service.ready();
    await aborted(context.signal);
    service.close();
    stop();
    await exchange.close();
    return undefined;
  },
});

/** The clock of the whole run when one was handed down, else our own at this speed. */
function clockOf(options: Options, context: Context, storedMs: number): Clock {
  const speed = Number(options['speed']);
  if (!(speed >= 0.001 && speed <= 10_000)) {
    throw new UsageError(`--speed: ${speed} is not a factor from 0.001 to 10000`);
  }
  if (context.clock === realClock) {
    const start = Math.max(Date.now(), storedMs);
    return parseClock(formatClock(start, Date.now(), speed));
  }
  if (context.clock.now() < storedMs) {
    const state = new Date(storedMs).toISOString();
    throw new RefusedError(
      `PMCP_CLOCK is behind the exchange’s stored state, which is at ${state}`,
      {
        hint: 'Begin the run’s clock there, or move the state away.',
      },
    );
  }
  return context.clock;
}

function portOf(port: unknown): number | undefined {
  if (port === undefined) return undefined;
  const number = Number(port);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new UsageError(`--port: ${String(port)} is not a port, 0 to 65535`);
}

interface Words {
  kind: string;
  text: string;
  [field: string]: unknown;
}

/** Prints at a rate that can be read, and says how much it left out. */
function narrator(context: Context, clock: Clock): (words: Words, always?: boolean) => void {
  let second = 0;
  let lines = 0;
  let dropped = 0;
  return (words, always = false) => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) {
      if (dropped > 0) emit({ kind: 'skipped', text: `… ${dropped} more`, count: dropped });
      second = now;
      lines = 0;
      dropped = 0;
    }
    if (!always && lines >= LINES_PER_SECOND) {
      dropped += 1;
      return;
    }
    lines += 1;
    emit(words);
  };
  function emit({ kind, text, ...fields }: Words): void {
    const at = new Date(clock.now()).toISOString();
    if (context.flags.json) {
      context.out.document({ schema: 'pmcp.exchange', version: 1, at, kind, text, ...fields });
    } else if (process.env['PMCP_LOG'] === 'json') {
      const time = new Date().toISOString();
      const line = { time, level: 'info', process: 'exchange', message: text, kind, clock: at };
      context.out.document(line);
    } else context.out.line(`${at.slice(11, 19)}  ${text}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
