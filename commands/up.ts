import { join, relative } from 'node:path';
import { defineCommand, type Options } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import type { BotEvent } from '../src/core/status.ts';
import { UsageError } from '../src/errors.ts';
import type { PaperRun } from '../src/observe/paper-run.ts';

export default defineCommand({
  name: 'up',
  summary: 'run exchange, bot and monitoring on paper in this terminal',
  description: `Starts the paper exchange, the bot and the mcp process as children of this one,
lets the bot follow every leader of the exchange, and shows what happens. No account,
key or network is needed.

On a terminal: one screen that is kept up to date. In a pipe: a line an event and a summary every
ten seconds; with --json the same as NDJSON. Logs of the three are in DATA_DIR/logs.

Ctrl-C (or q) stops everything; the next \`pmcp up\` goes on from the journal.`,
  examples: [
    'pmcp up',
    'pmcp up --scenario volatile --speed 60',
    'pmcp up --seed 7 --duration 120 | tee run.log',
    'DASHBOARD_PORT=18080 METRICS_PORT=19090 pmcp up --data-dir /tmp/try',
  ],
  options: [
    {
      flags: '--scenario <name>',
      summary: 'what the market does; see `pmcp exchange --help`',
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
      summary: 'how much faster than real time runs, 0.01 to 10000',
      parse: 'number',
      defaultValue: 1,
    },
    { flags: '--duration <seconds>', summary: 'stop after so many real seconds', parse: 'seconds' },
  ],
  run: async (options, context) => {
    const config = await context.config();
    const dataDir = await context.dataDir();
    const { startPaperRun } = await import('../src/observe/paper-run.ts');
    const show = await openShow(options, context, dataDir);
    const run = await startPaperRun({
      config,
      dataDir,
      scenario: String(options['scenario']),
      seed: Number(options['seed']),
      speed: speedOf(options),
      self: selfOf(),
      flags: context.flags.env === undefined ? [] : ['--env', context.flags.env],
      signal: context.signal,
      onProgress: context.out.note,
      onEvent: show.event,
      onDeath: show.death,
    });
    const over = untilOver(options, context);
    try {
      show.begin(run);
      await over;
    } finally {
      show.end();
      await run.stop();
      show.summary(run);
    }
    return undefined;
  },
});

/** The three ways in which a run is shown. */
interface Show {
  begin(run: PaperRun): void;
  event(event: BotEvent, atMs: number): void;
  death(name: string, words: string, pauseMs: number): void;
  end(): void;
  summary(run: PaperRun): void;
}

async function openShow(options: Options, context: Context, dataDir: string): Promise<Show> {
  if (context.flags.json) return jsonShow(context);
  const { SUMMARY_EVERY_MS, createUpPipe, summaryWords } = await import('../src/screen/up-pipe.ts');
  const goodbye = (run: PaperRun) => {
    const { status } = run.view();
    if (status) context.out.line(summaryWords(status, run.clock.now()));
    context.out.line(`stopped; journal and logs are in ${nearPath(dataDir)}`);
  };
  if (context.out.isTerminal) {
    return { ...(await terminalShow(options, context, dataDir)), summary: goodbye };
  }
  const pipe = createUpPipe(context.out.line);
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: (run) => {
      const tell = () => pipe.summary(run.view().status, run.clock.now());
      timer = setInterval(tell, SUMMARY_EVERY_MS);
    },
    event: pipe.event,
    death: (name, words, pauseMs) => context.out.note(deathWords(name, words, pauseMs)),
    end: () => clearInterval(timer),
    summary: goodbye,
  };
}

function jsonShow({ out }: Context): Show {
  let timer: NodeJS.Timeout | undefined;
  const status = (run: PaperRun) => {
    const view = run.view();
    const services = run.services();
    const at = new Date(run.clock.now()).toISOString();
    out.document({ schema: 'pmcp.up.status', version: 1, at, services, status: view.status });
  };
  return {
    begin: (run) => {
      timer = setInterval(() => status(run), 10_000);
    },
    event: (event, atMs) => {
      const at = new Date(atMs).toISOString();
      out.document({ schema: 'pmcp.up.event', version: 1, at, event });
    },
    death: (name, words, pauseMs) => out.note(deathWords(name, words, pauseMs)),
    end: () => clearInterval(timer),
    summary: status,
  };
}

async function terminalShow(options: Options, context: Context, dataDir: string) {
  const { openUpTerminal } = await import('../src/screen/up-terminal.ts');
  const { createJournalTail } = await import('../src/screen/journal-tail.ts');
  const { paintFor } = await import('../src/screen/paint.ts');
  const config = await context.config();
  const tail = createJournalTail();
  const startedTick = performance.now();
  let alarm: { name: string; words: string; pauseMs: number; untilTick: number } | undefined;
  let terminal: { close(): void } | undefined;
  const footer =
    `Ctrl-C stops · health :${config.DASHBOARD_PORT} · metrics :${config.METRICS_PORT}` +
    ` · logs ${nearPath(join(dataDir, 'logs'))}`;
  const alarmWords = (run: PaperRun) => {
    if (!alarm || alarm.untilTick < performance.now()) return undefined;
    const { name, words, pauseMs } = alarm;
    const back = run.services().some((one) => one.name === name && one.state === 'running');
    return back ? `${name} ${words}, runs again` : deathWords(name, words, pauseMs);
  };
  const view = (run: PaperRun) => {
    const { status, ageMs, connected, hello } = run.view();
    return {
      mode: hello?.mode ?? 'paper',
      scenario: String(options['scenario']),
      speed: run.clock.speed,
      clockMs: run.clock.now(),
      uptimeMs: performance.now() - startedTick,
      services: run.services(),
      status,
      ageMs,
      connected,
      decisions: tail.decisions(),
      happenings: tail.happenings(),
      alarm: alarmWords(run),
      footer,
    };
  };
  return {
    begin: (run: PaperRun) => {
      terminal = openUpTerminal({
        terminal: process.stdout,
        keyboard: process.stdin,
        paint: paintFor(process.stdout, context.flags),
        view: () => view(run),
        onQuit: () => process.kill(process.pid, 'SIGINT'),
      });
    },
    event: tail.add,
    death: (name: string, words: string, pauseMs: number) => {
      alarm = { name, words, pauseMs, untilTick: performance.now() + ALARM_MS };
    },
    end: () => terminal?.close(),
  };
}

/** How long the death of a process stays on the screen. */
const ALARM_MS = 30_000;

function deathWords(name: string, words: string, pauseMs: number): string {
  return `${name} ${words}, restart in ${Math.round(pauseMs / 1000)} s`;
}

/** Relative when it lies below the working directory. */
function nearPath(path: string): string {
  const near = relative('.', path);
  return near === '' || near.startsWith('..') ? path : near;
}

function speedOf(options: Options): number {
  const speed = Number(options['speed']);
  if (speed >= 0.01 && speed <= 10_000) return speed;
  throw new UsageError(`--speed: ${speed} is not a factor from 0.01 to 10000`);
}

/** The same program on the same runtime. */
function selfOf() {
  const [command = process.execPath, script = ''] = process.argv;
  return { command, args: [...process.execArgv, script] };
}

/** Resolves at the end of --duration, or when the program is told to stop. */
function untilOver(options: Options, { signal }: Context): Promise<void> {
  const seconds = options['duration'];
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (typeof seconds === 'number') setTimeout(resolve, seconds * 1000).unref();
  });
}
