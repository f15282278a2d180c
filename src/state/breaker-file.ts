/**
 * The breaker's file: JSON whose checksum covers the body, and whose text must be exactly what this
 * module writes, so that no flipped bit goes unnoticed.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LATCHES, type Latch, TRIP_CAUSES } from '../core/breaker.ts';
import type { BreakerSet } from '../core/breaker-set.ts';
import { among, figure, list, nullable, object, type Shape, text, union } from '../core/shape.ts';
import { reasonOf } from '../errors.ts';

const SCHEMA = 'pmcp.breaker-state';
export const BREAKER_VERSION = 1;

/** One transition: who, when, why. */
export interface HistoryEntry {
  atMs: number;
  latch: Latch;
  event: string;
  from: string;
  to: string;
  /** `pmcp` when the rules acted. */
  by: string;
  /** The cause of a trip, or the reason that a person gave. */
  why: string;
}

export interface BreakerBody {
  /** Whose breaker this is, such as a wallet address; null: not said. */
  owner: string | null;
  set: BreakerSet;
  /** Oldest first, the latest 500. */
  history: readonly HistoryEntry[];
}

export type ReadBody = { body: BreakerBody } | { missing: true } | { corrupt: string };

export function encodeBody(body: BreakerBody): string {
  const checksum = checksumOf(body);
  return `${JSON.stringify({ schema: SCHEMA, version: BREAKER_VERSION, checksum, body })}\n`;
}

export function readBody(path: string): ReadBody {
  try {
    return decodeBody(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { missing: true };
    return { corrupt: reasonOf(error) };
  }
}

export function decodeBody(content: string): { body: BreakerBody } | { corrupt: string } {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { corrupt: 'not JSON' };
  }
  const wrong = document(value, '');
  if (wrong !== undefined) return { corrupt: wrong };
  const { body } = value as { body: BreakerBody };
  return encodeBody(body) === content ? { body } : { corrupt: 'the checksum does not fit' };
}

function checksumOf(body: BreakerBody): string {
  return hash('sha256', JSON.stringify(body));
}

const maybe =
  (shape: Shape): Shape =>
  (value, path) =>
    value === undefined ? undefined : shape(value, path);

const exactly =
  (wanted: unknown): Shape =>
  (value, path) =>
    value === wanted ? undefined : `${path}: must be ${wanted}`;

const cause = among(...TRIP_CAUSES);
const tripped = object({
  cause,
  detail: maybe(text),
  atMs: figure,
  untilMs: nullable(figure),
  attempts: maybe(figure),
});
const probing = object({ cause, sinceMs: figure });
const state = union('kind', {
  armed: object({ recovered: maybe(object({ atMs: figure, attempts: figure })) }),
  tripped,
  probing,
  halted: object({
    by: text,
    reason: text,
    atMs: figure,
    under: maybe(union('kind', { tripped, probing })),
  }),
});

const document = object({
  schema: exactly(SCHEMA),
  version: exactly(BREAKER_VERSION),
  checksum: text,
  body: object({
    owner: nullable(text),
    set: object({
      latches: object(Object.fromEntries(LATCHES.map((latch) => [latch, state]))),
      day: nullable(
        object({ day: figure, startEquityMicro: figure, lossMicro: figure, forgivenMicro: figure }),
      ),
      tally: object({ consecutiveLosses: figure, orders: text }),
    }),
    history: list(
      object({
        atMs: figure,
        latch: among(...LATCHES),
        event: text,
        from: text,
        to: text,
        by: text,
        why: text,
      }),
    ),
  }),
});
