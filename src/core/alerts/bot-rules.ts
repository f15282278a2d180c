import type { AlertRule } from './facts.ts';
import { component, critical, MINUTE_MS, rule, seconds, warning } from './rule.ts';

export const botRules: readonly AlertRule[] = [
  rule({
    key: 'bot.down',
    title: 'The bot is down',
    severity: 'critical',
    urgent: true,
    meaning: 'The bot is gone or hangs: no trade is copied and no exit is watched.',
    todo: 'See `journalctl -u polymarket-bot` or DATA_DIR/logs, start it again, then `pmcp status`.',
    check({ components, bot }) {
      const found = components['main_bot'];
      if (!found || found.status === 'unknown') return 'unknown';
      if (bot || found.status !== 'critical') return undefined;
      const hangs = /hangs/.test(found.message);
      return { ...critical(found.message), ...(hangs ? { title: 'The bot hangs' } : {}) };
    },
  }),
  rule({
    key: 'bot.unwell',
    title: 'The bot is not well',
    severity: 'critical',
    meaning: 'The bot runs and says of itself that it is degraded or critical.',
    todo: 'Read the message with `pmcp status`; it says what is wrong and what mends it.',
    parents: ['bot.down', 'host.disk'],
    check(facts) {
      const { bot, components } = facts;
      if (!bot) return 'unknown';
      const own = bot.components.main_bot;
      if (own.status === 'critical') return critical(own.message);
      // Of a bot that has just come back, the last check still says that it was gone.
      if (components['main_bot']?.status === 'critical') return 'unknown';
      return component('main_bot', 'warning')(facts);
    },
  }),
  rule({
    key: 'bot.discovery_blind',
    title: 'Discovery is blind',
    severity: 'critical',
    meaning:
      'For ten seconds the trade feeds are silent or disagree, so trades of leaders may be missed.',
    todo: 'Check the network and the venue’s status page; entries wait until the feeds agree.',
    parents: ['bot.down'],
    // A bot that has just started has not heard anything yet.
    holdMs: 10_000,
    check: ({ bot }) => {
      if (!bot) return 'unknown';
      const age = bot.discovery.lastMessageAgeMs;
      const heard = age === null ? 'no message yet' : `last message ${seconds(age)} ago`;
      return bot.discovery.blind ? critical(`feeds cannot be trusted; ${heard}`) : undefined;
    },
  }),
  rule({
    key: 'bot.wallet_monitor',
    title: 'Following wallets is impaired',
    severity: 'critical',
    meaning: 'The part that follows the target wallets is degraded or critical.',
    todo: 'See `pmcp status` and `pmcp wallets list`.',
    parents: ['bot.down', 'bot.discovery_blind'],
    check: component('wallet_monitor', 'critical'),
  }),
  rule({
    key: 'bot.trade_executor',
    title: 'Placing orders is impaired',
    severity: 'critical',
    meaning: 'The part that signs and places orders is degraded or critical.',
    todo: 'See `pmcp status` and `pmcp trades list`; `pmcp halt` if orders go wrong.',
    parents: ['bot.down'],
    check: component('trade_executor', 'critical'),
  }),
  rule({
    key: 'bot.error',
    title: 'The bot reports an error',
    severity: 'critical',
    meaning:
      'The bot met something it could not do: an unwritable journal, an unexpected position, ' +
      'a fill it could not decide. Ends 15 minutes after the last such notice.',
    todo: 'Free the disk or mend what the message names; `pmcp status` shows whether it goes on.',
    check({ trouble }) {
      if (!trouble) return undefined;
      const times = trouble.count > 1 ? ` (${trouble.count} notices)` : '';
      return critical(`${trouble.message}${times}`);
    },
  }),
  rule({
    key: 'bot.unknown_orders',
    title: 'Orders with an unknown outcome',
    severity: 'warning',
    meaning: 'For two minutes there have been orders of which the venue has not said what came.',
    todo: 'See `pmcp trades list` and the venue; the bot resends the same bytes, never a new order.',
    parents: ['bot.down'],
    holdMs: 2 * MINUTE_MS,
    check: ({ bot }) => {
      if (!bot) return 'unknown';
      return bot.unknownOrders > 0 ? warning(`${bot.unknownOrders} unresolved`) : undefined;
    },
  }),
  rule({
    key: 'bot.no_entries',
    title: 'The bot enters no trades',
    severity: 'warning',
    meaning: 'For ten minutes the bot has held back entries although its breaker is armed.',
    todo: 'The message says why; `pmcp status` shows when it ends.',
    parents: ['bot.down', 'bot.discovery_blind', 'bot.error', 'risk.breaker'],
    holdMs: 10 * MINUTE_MS,
    check: ({ bot }) => {
      if (!bot) return 'unknown';
      if (bot.entriesAllowed || bot.breaker.trading.kind !== 'armed') return undefined;
      return warning(bot.entriesReason);
    },
  }),
];
