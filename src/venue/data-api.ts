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

/** An answer that is not what was asked for, refusals by the rate limit among them. */
export class DataApiError extends InconclusiveError {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined) {
    super(message, { hint: 'The venue’s Data API is asked again at the next interval.' });
    this.retryAfterMs = retryAfterMs;
  }
}

export function createDataApi({ http, clock, onQuarantine }: DataApiOptions): DataApi {
  const list = async (path: string, query: Record<string, string | number | boolean>) => {
    const reply = await http.send({ method: 'GET', path, query });
    const body = reply.status === 200 ? parseJson(reply.text) : undefined;
    if (!Array.isArray(body)) {
      const excerpt = reply.text.slice(0, 200);
      throw new DataApiError(`GET ${path}: HTTP ${reply.status}: ${excerpt}`, reply.retryAfterMs);
    }
    return body as unknown[];
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
      const seenAtMs = clock.now();
      const rows: TargetRow[] = [];
      for (const text of newestFirst.reverse()) {
        const value = parseJson(text);
        const parsed = parseFeedRow(value, 'data_api', seenAtMs);
        if ('reason' in parsed) {
          const excerpt = text.slice(0, 2_000);
          onQuarantine({ source: 'data_api', reason: parsed.reason, excerpt, seenAtMs });
        } else if (parsed.row.wallet !== wallet) {
          const reason = `proxyWallet: ${parsed.row.wallet} was not asked for`;
          onQuarantine({ source: 'data_api', reason, excerpt: text.slice(0, 2_000), seenAtMs });
        } else if (parsed.row.tradedAtMs >= start * 1000) {
          rows.push(parsed.row);
        }
      }
      return rows;
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

/** Pages until one is not full, or has nothing new; rows as text, newest first. */
async function readAll(
  read: (offset: number, end: number | undefined) => Promise<unknown[]>,
): Promise<string[]> {
  let page = texts(await read(0, undefined));
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
    page = texts(await read(jump ? 0 : offset, end));
    const joined = joinPages(rows, page);
    const grown = joined.length - rows.length;
    if (grown === page.length && !(jump && follows(page[0], end))) {
      throw new DataApiError('GET /trades: its pages do not join', undefined);
    }
    if (jump && grown === 0) return joined;
    if (jump) base = joined.length - page.length;
    clamped = grown === 0;
    rows = joined;
  }
  return rows;
}

function texts(page: readonly unknown[]): string[] {
  return page.map((row) => JSON.stringify(row));
}

/** A page without a shared row is still the next one when it is no newer than `end`. */
function follows(first: string | undefined, end: number | undefined): boolean {
  const seconds = secondsOf(first);
  return first === undefined || (seconds !== undefined && end !== undefined && seconds <= end);
}

function secondsOf(text: string | undefined): number | undefined {
  const row = parseJson(text ?? '');
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
