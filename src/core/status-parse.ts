import { TRIP_CAUSES } from './breaker.ts';
import {
  among,
  figure,
  flag,
  list,
  nullable,
  object,
  optional,
  table,
  text,
  union,
} from './shape.ts';
import { LATENCY_BOUNDS_S, STATUS_SCHEMA, STATUS_VERSION, type StatusMessage } from './status.ts';

/** A message of the status socket, or why the line is none. */
export function parseStatusLine(line: string): StatusMessage | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: `not JSON: ${JSON.stringify(line.slice(0, 60))}` };
  }
  const problem = message(value, '');
  if (problem !== undefined) return { problem };
  return value as StatusMessage;
}

const mode = among('paper', 'shadow', 'live');

const breaker = union('kind', {
  armed: object({}),
  tripped: object({ cause: among(...TRIP_CAUSES), atMs: figure, untilMs: nullable(figure) }),
  probing: object({ cause: among(...TRIP_CAUSES), sinceMs: figure }),
  halted: object({ by: text, reason: text, atMs: figure }),
});

const bucketCount = LATENCY_BOUNDS_S.length + 1;
const latency = object({
  count: figure,
  p50Ms: figure,
  p99Ms: figure,
  maxMs: figure,
  buckets: (value, path) =>
    list(figure)(value, path) ??
    (Array.isArray(value) && value.length === bucketCount
      ? undefined
      : `${path}: must hold ${bucketCount} counts`),
  sumSeconds: figure,
});

const component = object({
  status: among('healthy', 'degraded', 'critical', 'disabled', 'unknown'),
  message: text,
});

const position = object({
  tokenId: text,
  conditionId: text,
  title: text,
  outcome: text,
  sharesMicro: figure,
  provisionalSharesMicro: figure,
  costMicro: figure,
  markMicro: nullable(figure),
  unrealisedMicro: nullable(figure),
  wallet: text,
  openedAtMs: figure,
});

const status = object({
  mode,
  entriesAllowed: flag,
  entriesReason: text,
  breaker: object({ trading: breaker, mcp: breaker }),
  cashMicro: figure,
  equityMicro: figure,
  exposureMicro: figure,
  reservedMicro: figure,
  dailyPnlMicro: figure,
  dailyLossMicro: figure,
  realisedPnlMicro: figure,
  unrealisedPnlMicro: figure,
  feesMicro: figure,
  positions: list(position),
  openOrders: figure,
  unknownOrders: figure,
  followedWallets: figure,
  decisions: table(figure),
  orders: table(figure),
  latency: object({ feed: latency, internal: latency, ack: latency }),
  discovery: object({
    connected: flag,
    blind: flag,
    lastMessageAgeMs: nullable(figure),
    completeness: nullable(figure),
    rows: figure,
    quarantined: figure,
    reconnects: figure,
  }),
  components: object({
    main_bot: component,
    wallet_monitor: component,
    trade_executor: component,
    circuit_breaker: component,
  }),
  vitals: object({
    rssBytes: figure,
    cpuSeconds: figure,
    loopDelayP99Ms: figure,
    uptimeSeconds: figure,
    clockSkewMs: optional(nullable(figure)),
    fds: optional(nullable(figure)),
    fdLimit: optional(nullable(figure)),
  }),
});

const event = union('kind', {
  decision: object({
    fillId: text,
    wallet: text,
    title: text,
    outcome: text,
    side: among('BUY', 'SELL'),
    leaderSharesMicro: figure,
    leaderPriceMicro: figure,
    result: among('copy', 'skip'),
    reason: text,
    detail: text,
    orderId: nullable(text),
    usdcMicro: nullable(figure),
  }),
  order: object({
    fillId: text,
    orderId: text,
    outcome: text,
    detail: text,
    sharesMicro: figure,
    usdcMicro: figure,
  }),
  settlement: object({
    orderId: text,
    tradeId: text,
    status: text,
    sharesMicro: figure,
    priceMicro: figure,
    feeMicro: figure,
  }),
  exit: object({
    tokenId: text,
    title: text,
    reason: text,
    orderId: nullable(text),
    detail: text,
  }),
  breaker: object({ latch: text, from: text, to: text, cause: text, by: text }),
  resolution: object({ conditionId: text, title: text, payoutMicro: figure, pnlMicro: figure }),
  feed: object({
    state: among('connected', 'silent', 'reconnected', 'blind', 'sighted'),
    detail: text,
  }),
  notice: object({ level: among('info', 'warning', 'error'), message: text }),
});

const message = union('type', {
  hello: object({
    schema: among(STATUS_SCHEMA),
    version: (value, path) =>
      value === STATUS_VERSION
        ? undefined
        : `${path}: this pmcp reads version ${STATUS_VERSION}, the bot speaks ${value}`,
    pid: figure,
    release: text,
    mode,
    environment: text,
    startedAtMs: figure,
  }),
  status: object({ seq: figure, atMs: figure, status }),
  event: object({ seq: figure, atMs: figure, event }),
  dropped: object({ count: figure }),
  answer: object({ ok: flag, message: text }),
});
