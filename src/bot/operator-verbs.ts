import type { Clock } from '../clock.ts';
import { FailedError, UsageError } from '../errors.ts';
import type { ControlHandlers } from '../host/control-server.ts';
import type { BreakerStore } from '../state/breaker-store.ts';
import { createBreakerVerbs } from './breaker-verbs.ts';
import type { Bot } from './create-bot.ts';

/** Answer of `positions.close`. */
export interface CloseReport {
  /** Tokens whose sale is on its way. */
  closing: string[];
  /** Why the others cannot be sold now. */
  refused: { tokenId: string; reason: string }[];
}

/** The operator's verbs on a running bot: the breaker's, and what only the bot itself can do. */
export function operatorVerbs(bot: Bot, store: BreakerStore, clock: Clock): ControlHandlers {
  const breaker = createBreakerVerbs({ store, now: clock.now, onChange: bot.desk.changed });
  return {
    ...breaker,
    async 'breaker.reset'(args) {
      const before = store.state('trading');
      const disagreed = before.kind === 'tripped' && before.cause === 'venue_disagreement';
      const report = await breaker['breaker.reset']?.(args);
      if (!disagreed) return { ...report };
      // Resetting this trip says that the venue is right.
      const cash = await bot.agreement.adoptCash(`breaker reset by ${String(args['by'])}`);
      return { ...report, cash };
    },
    ...bot.pause.verbs,
    'positions.close': (args) => closePositions(bot, args),
  };
}

function closePositions(bot: Bot, args: Readonly<Record<string, unknown>>): CloseReport {
  const { token, by } = args;
  if (typeof token !== 'string' || !/^(all|\S{1,80})$/.test(token)) {
    throw new UsageError(`token: ${JSON.stringify(token)?.slice(0, 100)} is not a token id`, {
      hint: 'A token id of `pmcp positions --json`, or all.',
    });
  }
  const held = bot.parts.books.ledger.positions().map(({ tokenId }) => tokenId);
  const wanted = token === 'all' ? held : held.filter((tokenId) => tokenId === token);
  if (token !== 'all' && wanted.length === 0) {
    throw new FailedError(`token ${token}: nothing of it is held`, {
      hint: 'See `pmcp positions`.',
    });
  }
  const report: CloseReport = { closing: [], refused: [] };
  for (const tokenId of wanted) {
    const reason = bot.exits.sellAll(tokenId, `closed by ${String(by).slice(0, 100)}`);
    if (reason === undefined) report.closing.push(tokenId);
    else report.refused.push({ tokenId, reason });
  }
  return report;
}
