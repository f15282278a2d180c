/** Carries out the commands of the chat. It can see, halt and silence; it can loosen nothing. */
import {
  breakerReply,
  HELP,
  healthReply,
  pnlReply,
  positionsReply,
  statusReply,
  tradesReply,
} from '../../core/alerts/replies.ts';
import { isGlob, parseSpan, spanWords } from '../../core/alerts/silence.ts';
import { clip, shorten } from '../../core/alerts/text.ts';
import { type BreakerState, describe, stateMark } from '../../core/breaker.ts';
import type { BotStatus } from '../../core/status.ts';
import { reasonOf } from '../../errors.ts';
import type { History } from '../history/history.ts';
import type { Monitor } from '../monitor.ts';
import type { Approval, ApprovalVerb } from './approvals.ts';
import type { Command } from './poller.ts';

export interface DeskOptions {
  environment: string;
  monitor: Pick<Monitor, 'status' | 'health' | 'halt'>;
  history: Pick<History, 'decisions'>;
  mcpLatch(): BreakerState | undefined;
  silence(wanted: { glob: string; spanMs: number; by: string; reason: string }): unknown;
  ask(wanted: Omit<Approval, 'code' | 'untilMs'>): Approval;
  nowMs(): number;
  onCommand(name: string, result: 'ok' | 'refused'): void;
}

/** What was sent longer ago is not carried out, but for a halt. */
const STALE_MS = 5 * 60_000;
const NO_BOT = 'the bot is silent; see /health';

class Refusal extends Error {}
interface Asked {
  words: string[];
  by: string;
}
type Handler = (asked: Asked) => string | Promise<string>;

export function createDesk(options: DeskOptions): (command: Command) => Promise<string> {
  const { monitor, nowMs } = options;
  const bot = (): BotStatus => {
    const status = monitor.status();
    if (!status) throw new Refusal(NO_BOT);
    return status;
  };
  const loosen = (verb: ApprovalVerb, by: string, isOpen: (kind: string) => boolean): string => {
    const state = bot().breaker.trading;
    if (!isOpen(state.kind)) throw new Refusal(`nothing to do: the breaker is ${describe(state)}`);
    options.ask({ verb, by, mark: stateMark(state), state: describe(state) });
    return (
      'This needs somebody at a terminal of the host: `pmcp approve` shows the code there, ' +
      '`pmcp approve CODE` does it. It waits for 10 minutes.'
    );
  };
  const handlers: Readonly<Record<string, Handler>> = {
    help: () => HELP,
    start: () => HELP,
    status: () => statusReply(bot()),
    positions: () => positionsReply(bot()),
    pnl: () => pnlReply(bot()),
    trades: () => tradesReply(options.history.decisions({ limit: 10, offset: 0 }).decisions),
    health: () => healthReply(monitor.health()),
    breaker() {
      const own = options.mcpLatch();
      return breakerReply({ ...bot().breaker, ...(own && { 'mcp process': own }) });
    },
    async halt({ words, by }) {
      const reason =
        words
          .join(' ')
          .replace(/\p{Cc}/gu, ' ')
          .slice(0, 400) || 'no reason given';
      const { ok, message } = await monitor.halt({ reason, by });
      if (!ok) throw new Refusal(`NOT halted: ${message}. Use \`pmcp halt\` at a terminal.`);
      return `halted: ${message}`;
    },
    silence({ words: [glob = '', span = ''], by }) {
      const spanMs = parseSpan(span);
      if (!isGlob(glob) || spanMs === undefined) {
        throw new Refusal('say /silence KEY SPAN, as in /silence mcp.* 30m (7d at most)');
      }
      options.silence({ glob, spanMs, by, reason: 'on Telegram' });
      return `no alerts of ${glob} for ${spanWords(spanMs)}`;
    },
    resume: ({ by }) => loosen('resume', by, (kind) => kind === 'halted'),
    reset: ({ by }) =>
      loosen('breaker.reset', by, (kind) => kind === 'tripped' || kind === 'probing'),
  };

  return async ({ text, userId, sentAtMs }) => {
    const [first = '', ...words] = text.trim().split(/\s+/);
    // In groups a command carries the name of the bot it is meant for.
    const name = first.slice(1).replace(/@.*$/, '').toLowerCase();
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    let reply: string;
    let result: 'ok' | 'refused' = 'refused';
    try {
      if (!handler) throw new Refusal(`/${name.slice(0, 20)} is not known; see /help`);
      const ageMs = nowMs() - sentAtMs;
      if (ageMs > STALE_MS && name !== 'halt') {
        throw new Refusal(`that was ${spanWords(ageMs)} ago, while nobody listened: send it again`);
      }
      reply = await handler({ words, by: `Telegram user ${userId}` });
      result = 'ok';
    } catch (error) {
      reply = error instanceof Refusal ? error.message : `failed: ${reasonOf(error)}`;
    }
    options.onCommand(handler ? name : 'unknown', result);
    return clip(`[${options.environment}] ${shorten(reply)}`);
  };
}
