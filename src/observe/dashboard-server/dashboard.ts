import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Config } from '../../config/schema.ts';
import { secretValues } from '../../config/secret.ts';
import { createRedact, redactDeep } from '../../core/redact.ts';
import type { Alerts } from '../alerts/port.ts';
import { SPANS, type SpanName } from '../dashboard/state.ts';
import type { History } from '../history/history.ts';
import { type Page, plain, type Route, type Routes } from '../http.ts';
import type { Monitor } from '../monitor.ts';
import { acknowledgeRoute } from './acknowledge.ts';
import { accepts, assetRoutes } from './assets.ts';
import { createFeed } from './feed.ts';
import { createHub } from './hub.ts';
import { createRecent } from './recent.ts';
import { isForeign } from './same-origin.ts';
import { readSeries } from './series.ts';
import { describeState } from './state.ts';
import { createToolUsage, type ToolCall } from './tool-usage.ts';

export interface Dashboard {
  routes: Routes;
  /** A tool of an MCP server was called. */
  called(call: ToolCall): void;
  close(): void;
}

export interface DashboardParts {
  config: Config;
  release: string;
  monitor: Monitor;
  history: History;
  alerts: Alerts;
  bareRssBytes: number;
  /** The clock of trading. */
  nowMs(): number;
}

const SHORT_LIVED_MS = 4_000;
/** How many times less often pages are told anew while monitoring is over its budget. */
const PAUSED = 12;
const pack = promisify(gzip);

/** The page, what it shows and how it stays current. */
export function createDashboard(parts: DashboardParts): Dashboard {
  const { config, monitor, history, alerts, nowMs } = parts;
  const redact = createRedact({ secrets: secretValues(config), env: process.env });
  const clean = <Value>(value: Value) => redactDeep(value, (text) => shortenWallets(redact(text)));
  const usage = createToolUsage(() => Date.now());
  const feed = createFeed(monitor, history);
  let seen = '';
  const refreshMs = () =>
    config.DASHBOARD_REFRESH_SECONDS * 1000 * (monitor.canAfford() ? 1 : PAUSED);
  // Over the budget pages wait for their next refresh, whatever happens.
  const tell = (urgent: boolean) => {
    if (monitor.canAfford()) hub.tell(urgent);
  };
  const recent = createRecent(monitor, nowMs, () => tell(false));
  const state = { ...parts, feed, recent, usage, marks: history.marked, refreshMs };
  const hub = createHub({
    message: () => Buffer.from(JSON.stringify(clean(describeState(state)))),
    refreshMs,
  });
  const stops = [
    alerts.onChange(() => tell(true)),
    monitor.subscribe({
      sheds: true,
      event({ kind }) {
        tell(kind === 'breaker');
      },
      health({ components }) {
        const verdicts = Object.values(components).map(({ status }) => status);
        if (verdicts.join() === seen) return;
        seen = verdicts.join();
        tell(true);
      },
      connection() {
        tell(true);
      },
    }),
  ];
  return {
    called: usage.called,
    routes: new Map<string, Route>([
      ...assetRoutes(),
      ['/events', own(hub.open)],
      ['/api/state', own(shared(state.marks, () => clean(describeState(state))))],
      ...historyRoute(state.marks, (span) => clean(readSeries({ history, recent, nowMs }, span))),
      ['POST /api/alerts/*/ack', acknowledgeRoute(alerts, () => hub.tell(true))],
    ]),
    close() {
      for (const stop of stops) stop();
      feed.close();
      recent.close();
      hub.close();
    },
  };
}

/** Only for our own pages, and for programs. */
function own(route: Route): Route {
  return (request) => (isForeign(request) ? plain(403, 'not for other sites') : route(request));
}

function historyRoute(revision: () => number, read: (span: SpanName) => object): [string, Route][] {
  const routes = new Map(SPANS.map((span) => [span, shared(revision, () => read(span))]));
  const route: Route = (request) => {
    const wanted = new URL(request.url ?? '/', 'http://localhost').searchParams.get('span');
    const chosen = routes.get((wanted ?? SPANS[0]) as SpanName);
    return chosen?.(request) ?? plain(400, `span must be one of ${SPANS.join(', ')}`);
  };
  return [['/api/history', own(route)]];
}

/** JSON that is made once for all who ask within a few seconds, and anew after a mark. */
function shared(
  revision: () => number,
  read: () => object,
): (request: IncomingMessage) => Promise<Page> {
  let made:
    | { untilTick: number; revision: number; body: Buffer; packed: Promise<Buffer> }
    | undefined;
  return async (request) => {
    if (made?.revision !== revision() || made.untilTick < performance.now()) {
      const body = Buffer.from(JSON.stringify(read()));
      const untilTick = performance.now() + SHORT_LIVED_MS;
      made = { untilTick, revision: revision(), body, packed: pack(body) };
    }
    const page = { status: 200, contentType: 'application/json' };
    if (!accepts(request, 'gzip')) return { ...page, body: made.body };
    const headers = { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' };
    return { ...page, body: await made.packed, headers };
  };
}

/** Enough of a wallet to know it again, too little to copy it. */
function shortenWallets(text: string): string {
  return text.replace(
    /0x[0-9a-fA-F]{40}(?![0-9a-fA-F])/g,
    (wallet) => `${wallet.slice(0, 6)}\u2026${wallet.slice(-4)}`,
  );
}
