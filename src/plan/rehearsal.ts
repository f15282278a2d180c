import { reasonOf } from '../errors.ts';
import { ask, originOf } from '../observe/port.ts';
import { type Finding, fail, holds, inconclusive, skipped } from './evidence.ts';
import { type Ended, excerpt, runPmcp, runProgram } from './program.ts';
import { botStatus, pause } from './running.ts';
import { lastWords } from './scripts.ts';
import type { Site } from './site.ts';

/** The plan's promises. A full rollback restarts the bot; an immediate one must not. */
const KINDS = {
  immediate: { seconds: 300, args: ['--immediate'], keepsBot: true },
  full: { seconds: 1800, args: ['--full', '--yes'], keepsBot: false },
} as const;

const MCP_UNIT = 'polymarket-mcp.service';
/** So long an order without an answer, its end, and a decision are each waited for. */
const WAIT_MS = 60_000;
const LOOK_MS = 100;

type Bot = Awaited<ReturnType<typeof botStatus>>;

/** The real thing on this host, timed; the bot must trade on, and lose no order. */
export async function rehearse(site: Site, kind: keyof typeof KINDS): Promise<Finding> {
  const { seconds, args, keepsBot } = KINDS[kind];
  const argv = ['rollback', ...args, '--host', 'local', '--reason', 'rehearsal', '--json'];
  let before: Bot;
  let open: boolean | undefined;
  try {
    before = await botStatus(site);
    open = before.mode === 'paper' ? await openOrder(site) : undefined;
  } catch (error) {
    return inconclusive(reasonOf(error));
  }
  const startTick = performance.now();
  const ended = await runPmcp(site, argv, { timeoutMs: 1000 * (seconds + 60) });
  const figure = Math.round((performance.now() - startTick) / 100) / 10;
  const rest = resting(ended, figure, seconds);
  try {
    if (open !== undefined) await control(site, 'DELETE');
    if (ended.code === 3) return skipped(lastWords(ended), rest);
    if (ended.code !== 0) return fail(ended.problem ?? lastWords(ended), rest);
    const after = await aliveAgain(site, before, open === true);
    const words = [
      `done in ${figure} s of ${seconds} s`,
      `bot pid ${before.pid} became ${after.pid}, ${after.decisions} decisions`,
      `${after.status.unknownOrders} orders without an answer left`,
    ].join('; ');
    if (keepsBot && after.pid !== before.pid) return fail(`the bot was restarted: ${words}`, rest);
    if (after.status.unknownOrders > before.status.unknownOrders) return fail(words, rest);
    if (open === false) {
      const why = before.status.entriesAllowed ? '' : ` (${before.status.entriesReason})`;
      return inconclusive(`no order was left without an answer${why}; ${words}`, rest);
    }
    return holds(figure <= seconds, words, rest);
  } finally {
    // What an immediate rollback stopped on purpose is wanted by the checks that follow.
    if (keepsBot) await runProgram(site, ['systemctl', 'start', MCP_UNIT]);
  }
}

function resting(ended: Ended, figure: number, threshold: number) {
  return { command: ended.command, output: excerpt(ended), figure, threshold, unit: 's' };
}

/** On paper: the exchange takes an order and cuts the line. False: no order came in time. */
async function openOrder(site: Site): Promise<boolean> {
  await control(site, 'POST', { kind: 'lost_answer', count: 1, seconds: 600 });
  // What is asked about the order afterwards takes its time, too, so that it is still open.
  await control(site, 'POST', { kind: 'slow_answer', match: '/data/order', ms: 4000, seconds: 60 });
  return until(site, async () => (await botStatus(site)).status.unknownOrders > 0);
}

async function control(site: Site, method: 'POST' | 'DELETE', fault?: object): Promise<void> {
  const { EXCHANGE_HOST, EXCHANGE_PORT } = site.config;
  const url = `${originOf(EXCHANGE_HOST, EXCHANGE_PORT)}/control/faults`;
  const headers = { 'Content-Type': 'application/json' };
  const body = fault === undefined ? {} : { body: JSON.stringify(fault) };
  const { status } = await ask({ url, method, headers, ...body });
  if (status >= 400) throw new Error(`${url}: HTTP ${status}`);
}

/** The bot once it has answered, on paper decided again, and settled what was open. */
async function aliveAgain(site: Site, before: Bot, wasOpen: boolean): Promise<Bot> {
  await until(site, async () => {
    const { pid, atMs, decisions, status } = await botStatus(site);
    if (atMs <= before.atMs || (wasOpen && status.unknownOrders > 0)) return false;
    return before.mode !== 'paper' || pid !== before.pid || decisions > before.decisions;
  });
  return botStatus(site);
}

async function until(site: Site, holdsNow: () => Promise<boolean>): Promise<boolean> {
  const endTick = performance.now() + WAIT_MS * site.pace;
  while (performance.now() < endTick) {
    // While it is being restarted there is none to ask.
    if (await holdsNow().catch(() => false)) return true;
    await pause(LOOK_MS * site.pace, site.signal);
  }
  return false;
}
