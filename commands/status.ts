import { join } from 'node:path';
import { defineCommand, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { InconclusiveError } from '../src/errors.ts';
import {
  createStatusClient,
  readStatusOnce,
  type StatusView,
} from '../src/observe/status-client.ts';
import { paintFor } from '../src/screen/paint.ts';
import type { StatusReport } from '../src/screen/status-view.ts';

/** A bot that says nothing for so long is stopped or hangs. */
const TIMEOUT_MS = 3000;
const WATCH_EVERY_MS = 1000;
/** What draws for people takes longer to load than the answer takes: not for --json. */
const loadView = () => import('../src/screen/status-view.ts');
let view: Awaited<ReturnType<typeof loadView>> | undefined;

const SCHEMA = { schema: 'pmcp.status_report', version: 1 };

export default defineCommand({
  name: 'status',
  summary: 'what the bot is doing now',
  description: `Asks the running bot over its status socket: breaker, PnL, cash, exposure,
latency, discovery, decisions, orders and positions. Exit code 4 when no bot answers.`,
  examples: ['pmcp status', 'pmcp status --json', 'pmcp status --watch'],
  options: [{ flags: '--watch', summary: 'again every second, until Ctrl-C' }],
  run: async (options, context): Promise<Outcome | undefined> => {
    const socketPath = join(await context.dataDir(), 'run', 'status.sock');
    if (options['watch'] === true) return watch(socketPath, context);
    if (!context.flags.json) view = await loadView();
    const answer = await readStatusOnce(socketPath, TIMEOUT_MS);
    if ('problem' in answer) throw unreachable(socketPath, answer.problem);
    const { pid, release, environment } = answer.hello;
    const data: StatusReport = {
      pid,
      release,
      environment,
      atMs: answer.atMs,
      status: answer.status,
    };
    return { ...SCHEMA, data };
  },
  render: ({ data }, paint) =>
    (view?.statusLines(data as StatusReport, paint, columns()) ?? []).join('\n'),
});

function unreachable(socketPath: string, problem: string): InconclusiveError {
  return new InconclusiveError(`${problem} (${socketPath})`, {
    hint: 'Start one with `pmcp up` or `pmcp bot`, or name its directory with --data-dir.',
  });
}

/** Follows the bot across restarts: a screen on a terminal, else a block or a document a second. */
async function watch(socketPath: string, context: Context): Promise<undefined> {
  const { statusLines } = await loadView();
  const { openScreen } = await import('../src/screen/live.ts');
  const client = createStatusClient({ socketPath });
  const paint = paintFor(process.stdout, context.flags);
  const screen =
    context.out.isTerminal && !context.flags.json ? openScreen(process.stdout) : undefined;
  let shownMs: number | undefined;
  const blockOf = (view: StatusView) => {
    const report = reportOf(view);
    return report ? statusLines(report, paint, columns()) : [];
  };
  const tick = () => {
    const view = client.view();
    if (screen) {
      const { rows } = screen.size();
      return screen.draw([...stateLines(view, paint), ...blockOf(view)].slice(0, rows));
    }
    // Nothing new is nothing to print.
    if (!view.status || view.statusAtMs === shownMs) return;
    shownMs = view.statusAtMs;
    if (context.flags.json) context.out.document({ ...SCHEMA, ...reportOf(view) });
    else context.out.line(`${blockOf(view).join('\n')}\n`);
  };
  const timer = setInterval(tick, WATCH_EVERY_MS);
  await new Promise<void>((resolve) => {
    context.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(timer);
  client.close();
  screen?.close();
  return undefined;
}

function stateLines(view: StatusView, paint: Paint): string[] {
  return view.connected ? [] : [paint.bad(view.lastProblem ?? 'looking for the bot'), ''];
}

function reportOf({ hello, status, statusAtMs }: StatusView): StatusReport | undefined {
  if (!hello || !status || statusAtMs === undefined) return undefined;
  const { pid, release, environment } = hello;
  return { pid, release, environment, atMs: statusAtMs, status };
}

function columns(): number {
  return process.stdout.columns ?? 160;
}
