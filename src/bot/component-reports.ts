import { describe } from '../core/breaker.ts';
import type { BotStatus, ComponentReport } from '../core/status.ts';
import type { Guard } from './guard.ts';
import type { Parts } from './parts.ts';

/** Figures on which the bot's word about itself rests. */
export interface Seen {
  guard: Pick<Guard, 'current' | 'detail'>;
  breaker: ReturnType<Parts['desk']['state']>;
  followedWallets: number;
  openOrders: number;
  unknownOrders: number;
  /** Too early to call the live feed silent: entries wait, but nothing is wrong yet. */
  feedAwaited: boolean;
  uptimeSeconds: number;
  /** Our clock minus the venue's, clock ms; null: not known. */
  clockSkewMs: number | null;
}

/** The books are compared with the venue's before the first entry, more than once where they move. */
const START_SECONDS = 20;
/** The venue refuses requests signed by a clock that is further off. */
const MAX_SKEW_MS = 2000;

/** The bot's own word on its components: what is the case and, when not healthy, what to do. */
export function componentReports(seen: Seen): BotStatus['components'] {
  return {
    main_bot: mainBot(seen),
    wallet_monitor: walletMonitor(seen),
    trade_executor: tradeExecutor(seen),
    circuit_breaker: circuitBreaker(seen),
  };
}

const good = (message: string): ComponentReport => ({ status: 'healthy', message });
const bad = (message: string): ComponentReport => ({ status: 'degraded', message });
const critical = (message: string): ComponentReport => ({ status: 'critical', message });

function mainBot({ guard, uptimeSeconds }: Seen): ComponentReport {
  const block = guard.current();
  if (block?.reason === 'journal_unwritable') {
    return critical(
      `no entries, the journal cannot be written (${block.detail}): free space in DATA_DIR, ` +
        'and see that this user may write there',
    );
  }
  if (block?.reason === 'reduce_only') {
    return critical(
      `no entries, sells only: ${block.detail}. Compare \`pmcp positions\` with the venue, then ` +
        '`pmcp breaker reset`',
    );
  }
  if (block?.reason === 'starting' && uptimeSeconds <= START_SECONDS) {
    return { status: 'unknown', message: `no entries yet: ${block.detail}` };
  }
  if (block?.reason === 'starting') {
    return bad(`no entries yet: ${block.detail}. If this stays so, see whether the venue answers`);
  }
  if (block?.reason === 'paused') {
    return bad(`no entries for a moment: ${block.detail}. Ends by itself; exits pass`);
  }
  return good('trading');
}

function walletMonitor({ guard, followedWallets, feedAwaited }: Seen): ComponentReport {
  const blind = guard.detail('blind');
  if (blind !== undefined && feedAwaited) {
    return { status: 'unknown', message: `no entries yet: ${blind}` };
  }
  if (blind !== undefined) {
    return critical(
      `no entries, fills of followed wallets may be missed: ${blind}. It reconnects by itself; ` +
        'check the network, RTDS_URL and DATA_API_URL',
    );
  }
  if (followedWallets === 0) {
    return bad('no wallet is followed: add one with `pmcp wallets add ADDRESS`');
  }
  return good(`${followedWallets} wallets followed`);
}

function tradeExecutor({ unknownOrders, openOrders, clockSkewMs }: Seen): ComponentReport {
  if (unknownOrders > 0) {
    const orders = unknownOrders === 1 ? '1 order is' : `${unknownOrders} orders are`;
    return bad(
      `the outcome of ${orders} unknown; the venue is being asked, and their money stays ` +
        'reserved. If this stays so, see `pmcp trades list` and the venue’s own list',
    );
  }
  if (clockSkewMs !== null && Math.abs(clockSkewMs) > MAX_SKEW_MS) {
    const seconds = (Math.abs(clockSkewMs) / 1000).toFixed(1);
    const way = clockSkewMs > 0 ? 'ahead of' : 'behind';
    return bad(
      `this clock is ${seconds} s ${way} the venue’s, which will refuse orders: synchronise it ` +
        '(systemd-timesyncd or chrony)',
    );
  }
  return good(`${openOrders} orders open`);
}

function circuitBreaker({ breaker }: Seen): ComponentReport {
  if (breaker.kind === 'armed') return good('armed');
  const words = describe(breaker);
  if (breaker.kind === 'probing') return bad(words);
  const undo = breaker.kind === 'halted' ? '`pmcp resume`' : '`pmcp breaker reset`';
  return critical(`${words}. Exits pass; to end it by hand: ${undo}`);
}
