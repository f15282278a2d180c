import type { Paint } from '../command.ts';
import type { BotEvent } from '../core/status.ts';
import { money, price, shares, shortWallet, signedMoney } from './format.ts';
import { spaced } from './words.ts';

/** One event of the bot for a person. */
export interface EventWords {
  /** One short word: copy, skip, filled … */
  tag: string;
  /** How the tag is coloured. */
  tone: keyof Paint;
  /** The facts, most important first. Not yet cleaned or cut. */
  text: string;
  /** Something went wrong, or trading is affected: not to be lost in a flood. */
  important: boolean;
  /** A step on the way that goes without saying: not shown to people. */
  minor: boolean;
}

type Of<Kind extends BotEvent['kind']> = Extract<BotEvent, { kind: Kind }>;

/** `titleOf` knows the market of an order from its decision. */
export function eventWords(event: BotEvent, titleOf: (orderId: string) => string): EventWords {
  switch (event.kind) {
    case 'decision':
      return decision(event);
    case 'order':
      return order(event, titleOf(event.orderId));
    case 'settlement':
      return settlement(event, titleOf(event.orderId));
    case 'exit':
      return say('exit', 'warn', [event.title, spaced(event.reason), event.detail], true);
    case 'breaker':
      return breaker(event);
    case 'resolution':
      return resolution(event);
    case 'feed':
      return feed(event);
    case 'notice':
      return notice(event);
  }
}

function say(
  tag: string,
  tone: keyof Paint,
  parts: readonly string[],
  important = false,
): EventWords {
  return { tag, tone, text: parts.filter(Boolean).join(' · '), important, minor: false };
}

function decision(event: Of<'decision'>): EventWords {
  const { side, outcome, title, usdcMicro } = event;
  const what = `${side} ${outcome}`;
  const leader =
    `${shortWallet(event.wallet)} ${shares(event.leaderSharesMicro)}` +
    ` at ${price(event.leaderPriceMicro)}`;
  if (event.result === 'copy') {
    const size = usdcMicro === null ? what : `${what} for ${money(usdcMicro)}`;
    return say('copy', 'good', [size, title, leader]);
  }
  const why = [spaced(event.reason), event.detail].filter(Boolean).join(': ');
  return say('skip', 'dim', [what, why, title, leader]);
}

function order(event: Of<'order'>, title: string): EventWords {
  const { outcome, sharesMicro, usdcMicro } = event;
  const bad = outcome === 'rejected' || outcome === 'unknown' || outcome === 'failed';
  const tone = bad ? 'warn' : outcome === 'filled' ? 'good' : 'strong';
  const size = sharesMicro > 0 ? `${shares(sharesMicro)} for ${money(usdcMicro)}` : '';
  return say(outcome, tone, [size, title, event.detail], bad);
}

function settlement(event: Of<'settlement'>, title: string): EventWords {
  const failed = event.status === 'FAILED';
  const size = `${shares(event.sharesMicro)} at ${price(event.priceMicro)}`;
  const words = say(event.status.toLowerCase(), failed ? 'bad' : 'good', [size, title], failed);
  return { ...words, minor: event.status === 'MATCHED' || event.status === 'MINED' };
}

function breaker({ latch, from, to, cause, by }: Of<'breaker'>): EventWords {
  const change = `${latch} breaker ${from} to ${to}`;
  return say('breaker', to === 'armed' ? 'good' : 'bad', [change, spaced(cause), `by ${by}`], true);
}

function resolution({ title, payoutMicro, pnlMicro }: Of<'resolution'>): EventWords {
  const result = `paid ${money(payoutMicro)}, PnL ${signedMoney(pnlMicro)}`;
  return say('resolved', pnlMicro < 0 ? 'bad' : 'good', [result, title], true);
}

function feed({ state, detail }: Of<'feed'>): EventWords {
  const lost = state === 'silent' || state === 'blind';
  return say('feed', lost ? 'bad' : 'good', [state, detail], true);
}

function notice({ level, message }: Of<'notice'>): EventWords {
  const tone = ({ info: 'dim', warning: 'warn', error: 'bad' } as const)[level];
  return say(level, tone, [message], level !== 'info');
}
