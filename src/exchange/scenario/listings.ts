import { createHash } from 'node:crypto';
import { MICRO } from '../../core/money.ts';
import type { ExchangeMarket } from '../engine.ts';

/** A family of markets on one kind of event; a generation of it is one event. */
interface Family {
  category: string;
  slug: string;
  event: string;
  /** One market each; `{time}` is when it ends. */
  questions: readonly string[];
  outcomes: readonly [string, string];
  tickMicro: number;
  feeRate: number;
  negRisk: boolean;
  secondsDelay: number;
}

const YES_NO = ['Yes', 'No'] as const;
const COARSE = 10_000;
const FINE = 1_000;

/**
 * Fee rates are the venue's by category: crypto 0.07, finance and politics 0.04, geopolitics none.
 */
const FAMILIES: readonly Family[] = [
  {
    category: 'crypto',
    slug: 'crypto-up-or-down',
    event: 'Crypto Up or Down - {time}',
    questions: ['Bitcoin Up or Down - {time}', 'Ethereum Up or Down - {time}'],
    outcomes: ['Up', 'Down'],
    tickMicro: COARSE,
    feeRate: 0.07,
    negRisk: false,
    secondsDelay: 0,
  },
  {
    category: 'finance',
    slug: 'fed-decision',
    event: 'Fed decision, announced {time}',
    questions: [
      'Will the Fed cut rates by 25 bps at the {time} meeting?',
      'Will the Fed hold rates at the {time} meeting?',
      'Will the Fed cut rates by 50+ bps at the {time} meeting?',
    ],
    outcomes: YES_NO,
    tickMicro: FINE,
    feeRate: 0.04,
    negRisk: true,
    secondsDelay: 0,
  },
  {
    category: 'politics',
    slug: 'senate-special-election',
    event: 'Senate special election winner, count of {time}',
    questions: [
      'Will the Democrat lead the special election count at {time}?',
      'Will the Republican lead the special election count at {time}?',
    ],
    outcomes: YES_NO,
    tickMicro: COARSE,
    feeRate: 0.04,
    negRisk: true,
    secondsDelay: 0,
  },
  {
    category: 'geopolitics',
    slug: 'ceasefire-talks',
    event: 'Ceasefire talks, as of {time}',
    questions: [
      'Will a ceasefire be announced by {time}?',
      'Will the delegations meet in Geneva by {time}?',
    ],
    outcomes: YES_NO,
    tickMicro: COARSE,
    feeRate: 0,
    negRisk: false,
    secondsDelay: 0,
  },
  {
    category: 'crypto',
    slug: 'bitcoin-above',
    event: 'Bitcoin above ___ at {time}?',
    questions: [
      'Will Bitcoin be above $92,000 at {time}?',
      'Will Bitcoin be above $95,000 at {time}?',
      'Will Bitcoin be above $98,000 at {time}?',
    ],
    outcomes: YES_NO,
    tickMicro: FINE,
    feeRate: 0.07,
    negRisk: false,
    secondsDelay: 0,
  },
  {
    category: 'sports',
    slug: 'nba-lakers-celtics',
    event: 'Lakers vs. Celtics, {time}',
    questions: ['Lakers vs. Celtics ({time})', 'Lakers vs. Celtics: Over 224.5 ({time})'],
    outcomes: ['Lakers', 'Celtics'],
    tickMicro: COARSE,
    feeRate: 0.03,
    negRisk: false,
    secondsDelay: 3,
  },
];

/** The market of a slot in its n-th generation. Ids follow from seed, slot and generation alone. */
export function listMarket(
  seed: number,
  slot: number,
  generation: number,
  times: { createdAtMs: number; endDateMs: number },
): ExchangeMarket {
  const { family, index } = familyOf(slot);
  const time = timeLabel(times.endDateMs);
  const question = (family.questions[index] ?? family.event).replace('{time}', time);
  const name = `${seed}:${slot}:${generation}`;
  const eventNumber = numberFrom(`event:${seed}:${family.slug}:${generation}`, 6);
  return {
    id: numberFrom(`market:${name}`, 7),
    conditionId: `0x${hexFrom(`condition:${name}`)}`,
    tokenIds: [tokenFrom(`token0:${name}`), tokenFrom(`token1:${name}`)],
    outcomes: family.outcomes,
    question,
    slug: `${slugOf(question)}-${generation}${slot}`,
    eventId: eventNumber,
    eventSlug: `${family.slug}-${eventNumber}`,
    eventTitle: family.event.replace('{time}', time),
    category: family.category,
    tickMicro: family.tickMicro,
    minOrderSizeMicro: 5 * MICRO,
    negRisk: family.negRisk,
    feeRate: family.feeRate,
    feeExponent: 1,
    secondsDelay: family.secondsDelay,
    ...times,
    acceptingOrders: true,
    closed: false,
    resolution: undefined,
    closedAtMs: undefined,
  };
}

function familyOf(slot: number): { family: Family; index: number } {
  const all = FAMILIES.flatMap((family) => family.questions.map((_, index) => ({ family, index })));
  return all[slot % all.length] as { family: Family; index: number };
}

const hexFrom = (text: string) => createHash('sha256').update(text).digest('hex');
export const tokenFrom = (text: string) => BigInt(`0x${hexFrom(text)}`).toString();
export const walletFrom = (text: string) => `0x${hexFrom(text).slice(0, 40)}`;

export function numberFrom(text: string, digits: number): string {
  const floor = 10 ** (digits - 1);
  return String(floor + (Number.parseInt(hexFrom(text).slice(0, 12), 16) % (9 * floor)));
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function timeLabel(ms: number): string {
  const date = new Date(ms);
  const month = date.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' });
  return `${month} ${date.getUTCDate()}, ${date.toISOString().slice(11, 16)} UTC`;
}
