import type { MarketInfo } from '../core/market.ts';
import { MICRO, parseMicro } from '../core/money.ts';
import { InconclusiveError } from '../errors.ts';
import type { HttpClient } from './http.ts';
import { type Fields, isFields, listOf, parseJson, textOf } from './json.ts';

/** Price grids that exist. */
const TICKS = new Set([100_000, 10_000, 5_000, 2_500, 1_000, 100]);

export interface MarketReader {
  /** The market of a token; undefined when the venue knows no such token. */
  byToken(tokenId: string): Promise<MarketInfo | undefined>;
}

/**
 * Trading rules come from the CLOB, names and resolution from Gamma. A market that either of them
 * does not describe completely is unknown, and so not tradable.
 */
export function createMarketReader(
  clob: HttpClient,
  gamma: HttpClient,
  now: () => number,
): MarketReader {
  const get = async (http: HttpClient, path: string, query?: Record<string, string | boolean>) => {
    const reply = await http.send({ method: 'GET', path, query });
    if (reply.status === 404 || reply.status === 400) return undefined;
    const body = parseJson(reply.text);
    if (reply.status !== 200 || !isFields(body)) {
      throw new InconclusiveError(`GET ${path}: HTTP ${reply.status}: ${reply.text.slice(0, 200)}`);
    }
    return body;
  };
  const gammaMarket = async (tokenId: string): Promise<Fields | undefined> => {
    const query = { clob_token_ids: tokenId, limit: '1' };
    // Gamma leaves closed markets out unless they are asked for.
    const open = listOf((await get(gamma, '/markets/keyset', query))?.markets)[0];
    if (isFields(open)) return open;
    const closed = await get(gamma, '/markets/keyset', { ...query, closed: true });
    const found = listOf(closed?.markets)[0];
    return isFields(found) ? found : undefined;
  };
  return {
    async byToken(tokenId) {
      const [names, lookup] = await Promise.all([
        gammaMarket(tokenId),
        get(clob, `/markets-by-token/${tokenId}`),
      ]);
      const conditionId = textOf(lookup?.condition_id) || textOf(names?.conditionId);
      if (!names || conditionId === '') return undefined;
      const rules = await get(clob, `/clob-markets/${conditionId}`);
      return rules && marketFrom(conditionId, rules, names, now());
    },
  };
}

/** undefined when anything that trading depends on is missing or strange. */
export function marketFrom(
  conditionId: string,
  rules: Fields,
  names: Fields,
  fetchedAtMs: number,
): MarketInfo | undefined {
  const tokens = listOf(rules.t).map((token) => (isFields(token) ? token : {}));
  const tokenIds = tokens.map((token) => textOf(token.t));
  const outcomes = tokens.map((token) => textOf(token.o));
  const [first = '', second = ''] = tokenIds;
  const tickMicro = parseMicro(rules.mts) ?? 0;
  const minOrderSizeMicro = parseMicro(rules.mos);
  const fee = feeOf(rules.fd, names.feeSchedule);
  if (tokenIds.length !== 2 || first === '' || second === '' || !TICKS.has(tickMicro)) {
    return undefined;
  }
  if (minOrderSizeMicro === undefined || !fee) return undefined;
  const closed = names.closed === true;
  const event = listOf(names.events)[0];
  const info: MarketInfo = {
    conditionId: conditionId.toLowerCase(),
    tokenIds: [first, second],
    outcomes: [outcomes[0] ?? '', outcomes[1] ?? ''],
    title: textOf(names.question),
    slug: textOf(names.slug),
    eventSlug: (isFields(event) && textOf(event.slug)) || textOf(names.slug),
    tickMicro,
    minOrderSizeMicro,
    negRisk: rules.nr === true || names.negRisk === true,
    ...fee,
    acceptingOrders: rules.ao !== false && names.acceptingOrders !== false && !closed,
    closed,
    fetchedAtMs,
  };
  const resolution = closed ? resolutionOf(names) : undefined;
  if (resolution !== undefined) info.resolution = resolution;
  return info;
}

/** Without a fee schedule a market has no fee; a schedule that cannot be read makes it unknown. */
function feeOf(fd: unknown, schedule: unknown) {
  if (isFields(fd)) return feeFrom(fd.r, fd.e);
  if (isFields(schedule)) return feeFrom(schedule.rate, schedule.exponent);
  return { feeRate: 0, feeExponent: 1 };
}

function feeFrom(rate: unknown, exponent: unknown) {
  const feeRate = Number(rate ?? 0);
  const feeExponent = Number(exponent ?? 1);
  const sane = feeRate >= 0 && feeRate <= 1 && feeExponent >= 0 && feeExponent <= 8;
  return sane ? { feeRate, feeExponent } : undefined;
}

/** A closed market's prices are its payout once it is resolved: 1 and 0, or half each. */
function resolutionOf(names: Fields): 0 | 1 | 'split' | undefined {
  const status = textOf(names.umaResolutionStatus);
  if (status !== '' && status !== 'resolved' && status !== 'settled') return undefined;
  const prices = listOf(parseJson(textOf(names.outcomePrices))).map((price) => parseMicro(price));
  const [first, second] = prices;
  if (first === MICRO && second === 0) return 0;
  if (first === 0 && second === MICRO) return 1;
  return first === MICRO / 2 && second === MICRO / 2 ? 'split' : undefined;
}
