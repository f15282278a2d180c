import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

export interface SessionLimits {
  /** Clients rarely say goodbye: a session with no open request or stream ends after this. */
  idleMs: number;
  /** One that has asked for nothing since it was opened ends after this: its client went away. */
  unusedMs: number;
  /** How often the idle ones are looked for. */
  sweepMs: number;
  /** Sessions kept; beyond it the longest idle one ends, else the newcomer waits. */
  most: number;
}

/**
 * A session takes some 35 KB (measured: 33 MB for the first thousand), so that three servers full
 * of them stay below the memory at which the mcp breaker trips.
 */
const LIMITS: SessionLimits = {
  idleMs: 10 * 60_000,
  unusedMs: 60_000,
  sweepMs: 30_000,
  most: 1024,
};

const GONE =
  'Session not found: it was closed, idle for long, or the longest idle of too many; ' +
  'initialize a new one';

type RequestId = string | number;

interface Session {
  id: string;
  transport: StreamableHTTPServerTransport;
  /** HTTP exchanges under way, streams among them. */
  exchanges: number;
  /** Ids of requests under way: the SDK would lose the answer of a second one of equal id. */
  open: Set<RequestId>;
  lastUsedMs: number;
  /** It has asked for something. */
  used: boolean;
}

export interface SessionHost {
  /** Handles a request whose body, if any, was read, bounded and parsed. */
  handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void>;
  count(): number;
  close(): Promise<void>;
}

/** The sessions of one server over Streamable HTTP, revisions up to 2025-11-25. */
export function createSessionHost(
  createSession: () => Promise<Server>,
  limits = LIMITS,
): SessionHost {
  const sessions = new Map<string, Session>();
  const { most } = limits;
  const sweep = setInterval(() => expire(sessions, limits), limits.sweepMs);
  sweep.unref();

  const open = async (): Promise<Session> => {
    // With the first client: it brings HTTP/2 and fetch, a quarter of what the process starts with.
    const { StreamableHTTPServerTransport } = await import(
      '@modelcontextprotocol/sdk/server/streamableHttp.js'
    );
    const id = randomUUID();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessioninitialized: () => void sessions.set(id, session),
      onsessionclosed: () => void sessions.delete(id),
    });
    const session: Session = {
      id,
      transport,
      exchanges: 0,
      open: new Set(),
      lastUsedMs: performance.now(),
      used: false,
    };
    const server = await createSession();
    await server.connect(transport);
    return session;
  };

  return {
    count: () => sessions.size,
    async handle(request, response, body) {
      const id = request.headers['mcp-session-id'];
      const known = typeof id === 'string' ? sessions.get(id) : undefined;
      if (id !== undefined && !known) {
        return refuse(response, 404, -32001, GONE);
      }
      if (!known && !isInitialize(body)) {
        return refuse(response, 400, -32000, 'No session: send initialize first');
      }
      if (!known && sessions.size >= most && !evictIdle(sessions)) {
        return refuse(response, 503, -32000, `all ${most} sessions are busy: try again later`);
      }
      const session = known ?? (await open());
      const ids = requestIds(body);
      const twice = ids.find((one, index) => session.open.has(one) || ids.indexOf(one) !== index);
      if (twice !== undefined) {
        return refuse(response, 400, -32600, `a request with the id ${twice} is under way`);
      }
      if (known && ids.length > 0) known.used = true;
      track(session, response, ids);
      await session.transport.handleRequest(request, response, body);
    },
    async close() {
      clearInterval(sweep);
      const all = [...sessions.values()];
      sessions.clear();
      await Promise.all(all.map((session) => session.transport.close()));
    },
  };
}

/** Counts the exchange as open, and cancels its calls when the client goes before the answer. */
function track(session: Session, response: ServerResponse, ids: readonly RequestId[]): void {
  session.exchanges += 1;
  session.lastUsedMs = performance.now();
  for (const id of ids) session.open.add(id);
  response.once('close', () => {
    session.exchanges -= 1;
    session.lastUsedMs = performance.now();
    for (const id of ids) session.open.delete(id);
    if (response.writableFinished) return;
    for (const requestId of ids) {
      session.transport.onmessage?.({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId, reason: 'the client disconnected' },
      });
    }
  });
}

/** Not the ids of answers to our own requests: those are of another count. */
function requestIds(body: unknown): RequestId[] {
  const messages = Array.isArray(body) ? body : [body];
  return messages
    .filter((message) => typeof message?.method === 'string')
    .map((message) => message.id)
    .filter((id) => typeof id === 'string' || typeof id === 'number');
}

function isInitialize(body: unknown): boolean {
  const messages = Array.isArray(body) ? body : [body];
  return messages.some((message) => message?.method === 'initialize');
}

function expire(sessions: Map<string, Session>, { idleMs, unusedMs }: SessionLimits): void {
  const nowMs = performance.now();
  for (const session of sessions.values()) {
    const patienceMs = session.used ? idleMs : unusedMs;
    if (session.exchanges === 0 && session.lastUsedMs < nowMs - patienceMs) end(sessions, session);
  }
}

/** Those that never asked for anything first, then the longest idle. */
function evictIdle(sessions: Map<string, Session>): boolean {
  const idle = [...sessions.values()].filter(({ exchanges }) => exchanges === 0);
  const unused = idle.filter(({ used }) => !used);
  const [first, ...others] = unused.length > 0 ? unused : idle;
  if (!first) return false;
  end(
    sessions,
    others.reduce((a, b) => (b.lastUsedMs < a.lastUsedMs ? b : a), first),
  );
  return true;
}

function end(sessions: Map<string, Session>, session: Session): void {
  sessions.delete(session.id);
  session.transport.close().catch(() => undefined);
}

export function refuse(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
): void {
  const body = JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null });
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
}
