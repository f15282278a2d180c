import type { Clock } from '../clock.ts';
import { parseMicro } from '../core/money.ts';
import type { VenuePosition } from '../core/order.ts';
import type { TargetRow } from '../core/trade.ts';
import { InconclusiveError } from '../errors.ts';
import { joinPages } from './data-pages.ts';
import { parseFeedRow } from './feed-row.ts';
import type { HttpClient } from './http.ts';
import { isFields, parseJson } from './json.ts';
import type { QuarantinedRow } from './port.ts';

export interface DataApi {
  /** All trades of a wallet since a moment, as maker too, oldest first; bad rows are set aside. */
  tradesOf(wallet: string, sinceMs: number): Promise<TargetRow[]>;
  /** Everything a wallet holds, dust too. */
  positionsOf(wallet: string): Promise<VenuePosition[]>;
}

export interface DataApiOptions {
  http: HttpClient;
  clock: Clock;
  onQuarantine(row: QuarantinedRow): void;
}

const PAGE = 500;
/** Further pages overlap by this many rows, so that they can be joined exactly. */
const OVERLAP = 20;
/** Deeper offsets are answered with this one's page; beyond it `end` moves instead. */
const MAX_OFFSET = 1_000;
/** A bound on one backfill: 100 pages are 48,000 trades. */
const MAX_PAGES = 100;

/** Real ms without requests after a refusal by the rate limit that does not say how long. */
const PAUSE_MS = 10_000;

/** An answer that is not what was asked for. */
export class DataApiError extends InconclusiveError {
  /** Real ms to ask nothing at all: the rate limit is reached. */
  readonly pauseMs: number | undefined;

  constructor(message: string, pauseMs?: number) {
    super(message, { hint: 'The venue’s Data API is asked again at the next interval.' });
    this.pauseMs = pauseMs;
  }
}

export function createDataApi({ http, clock, onQuarantine }: DataApiOptions): DataApi {
  const list = async (path: string, query: Record<string, string | number | boolean>) => {
    const reply = await http.send({ method: 'GET', path, query });
    const body = reply.status === 200 ? parseJson(reply.text) : undefined;
    if (!Array.isArray(body)) {
      const excerpt = reply.text.slice(0, 200);
      const pauseMs = reply.status === 429 ? (reply.retryAfterMs ?? PAUSE_MS) : undefined;
      throw new DataApiError(`GET ${path}: HTTP ${reply.status}: ${excerpt}`, pauseMs);
    }
    return body as unknown[];
  };

  const checked = (values: readonly unknown[], wallet: string, fromMs: number) => {
    const seenAtMs = clock.now();
    const rows: TargetRow[] = [];
    for (const value of values) {
      const parsed = parseFeedRow(value, 'data_api', seenAtMs);
      if ('row' in parsed && parsed.row.wallet === wallet) {
        if (parsed.row.tradedAtMs >= fromMs) rows.push(parsed.row);
        continue;
      }
      const reason =
        'row' in parsed ? `proxyWallet: ${parsed.row.wallet} was not asked for` : parsed.reason;
      const excerpt = JSON.stringify(value).slice(0, 2_000);
      onQuarantine({ source: 'data_api', reason, excerpt, seenAtMs });
    }
    return rows;
  };

  return {
    async tradesOf(wallet, sinceMs) {
      const start = Math.max(0, Math.floor(sinceMs / 1000));
      const read = (offset: number, end: number | undefined) =>
        list('/trades', {
          user: wallet,
          takerOnly: false,
          limit: PAGE,
          offset,
          start,
          ...(end !== undefined && { end }),
        });
      const newestFirst = await readAll(read);
      return checked(newestFirst.reverse(), wallet, start * 1000);
    },
    async positionsOf(wallet) {
      const positions: VenuePosition[] = [];
      for (let offset = 0; ; offset += PAGE) {
        const query = { user: wallet, sizeThreshold: 0, limit: PAGE, offset };
        const page = await list('/positions', query);
        for (const value of page) {
          const position = parsePosition(value);
          if (position) positions.push(position);
        }
        if (page.length < PAGE || offset >= MAX_OFFSET * 10) return positions;
      }
    },
  };
}

/** Pages until one is not full, or has nothing new; newest first. */
async function readAll(
  read: (offset: number, end: number | undefined) => Promise<unknown[]>,
): Promise<unknown[]> {
  let page = await read(0, undefined);
  let rows = page;
  /** Where offset 0 of the current `end` lies in `rows`. */
  let base = 0;
  let end: number | undefined;
  let clamped = false;
  for (let pages = 1; page.length === PAGE && pages < MAX_PAGES; pages++) {
    const offset = rows.length - base - OVERLAP;
    const jump = clamped || offset > MAX_OFFSET;
    // The next page then begins with the oldest second seen so far.
    if (jump) end = secondsOf(rows.at(-1));
    page = await read(jump ? 0 : offset, end);
    const joined = joinPages(rows, page);
    const grown = joined.length - rows.length;
    if (page.length > 0 && grown === page.length && !(jump && follows(page[0], end))) {
      throw new DataApiError('GET /trades: its pages do not join');
    }
    if (jump && grown === 0) return joined;
    if (jump) base = joined.length - page.length;
    clamped = grown === 0;
    rows = joined;
  }
  return rows;
}

/** A page without a shared row is still the next one when it is no newer than `end`. */
function follows(first: unknown, end: number | undefined): boolean {
  const seconds = secondsOf(first);
  return seconds !== undefined && end !== undefined && seconds <= end;
}

function secondsOf(row: unknown): number | undefined {
  return isFields(row) && typeof row.timestamp === 'number' ? row.timestamp : undefined;
}

function parsePosition(value: unknown): VenuePosition | undefined {
  if (!isFields(value)) return undefined;
  const sizeMicro = parseMicro(value.size);
  if (typeof value.asset !== 'string' || typeof value.conditionId !== 'string' || !sizeMicro) {
    return undefined;
  }
  return {
    tokenId: value.asset,
    conditionId: value.conditionId.toLowerCase(),
    sizeMicro,
    redeemable: value.redeemable === true,
  };
}
