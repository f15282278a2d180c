import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** Clients rarely say goodbye: a session with no open request or stream ends after this. */
const IDLE_MS = 10 * 60_000;
/** Sessions one server keeps; beyond it the longest idle one ends, else the newcomer waits. */
const MAX_SESSIONS = 1_000;

interface Session {
  id: string;
  transport: StreamableHTTPServerTransport;
  /** Requests and streams open right now. */
  open: number;
  lastUsedMs: number;
}

export interface SessionHost {
  /** Handles a request whose body, if any, was read, bounded and parsed. */
  handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void>;
  count(): number;
  close(): Promise<void>;
}

/** The sessions of one server over Streamable HTTP, revisions up to 2025-11-25. */
export function createSessionHost(createSession: () => Server): SessionHost {
  const sessions = new Map<string, Session>();
  const sweep = setInterval(() => expire(sessions, performance.now() - IDLE_MS), 30_000);
  sweep.unref();

  const open = async (): Promise<Session> => {
    const id = randomUUID();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessioninitialized: () => void sessions.set(id, session),
      onsessionclosed: () => void sessions.delete(id),
    });
    const session: Session = { id, transport, open: 0, lastUsedMs: performance.now() };
    await createSession().connect(transport);
    return session;
  };

  return {
    count: () => sessions.size,
    async handle(request, response, body) {
      const id = request.headers['mcp-session-id'];
      const known = typeof id === 'string' ? sessions.get(id) : undefined;
      if (id !== undefined && !known) {
        return refuse(response, 404, -32001, 'Session not found: initialize a new one');
      }
      if (!known && !isInitialize(body)) {
        return refuse(response, 400, -32000, 'No session: send initialize first');
      }
      if (!known && sessions.size >= MAX_SESSIONS && !evictIdle(sessions)) {
        return refuse(
          response,
          503,
          -32000,
          `all ${MAX_SESSIONS} sessions are busy: try again later`,
        );
      }
      const session = known ?? (await open());
      track(session, response, body);
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

/** Counts the open exchange, and cancels its calls when the client goes away before the answer. */
function track(session: Session, response: ServerResponse, body: unknown): void {
  session.open += 1;
  session.lastUsedMs = performance.now();
  response.once('close', () => {
    session.open -= 1;
    session.lastUsedMs = performance.now();
    if (response.writableFinished) return;
    for (const requestId of requestIds(body)) {
      session.transport.onmessage?.({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId, reason: 'the client disconnected' },
      });
    }
  });
}

function requestIds(body: unknown): (string | number)[] {
  const messages = Array.isArray(body) ? body : [body];
  return messages
    .map((message) => message?.id)
    .filter((id) => typeof id === 'string' || typeof id === 'number');
}

function isInitialize(body: unknown): boolean {
  const messages = Array.isArray(body) ? body : [body];
  return messages.some((message) => message?.method === 'initialize');
}

function expire(sessions: Map<string, Session>, beforeMs: number): void {
  for (const session of sessions.values()) {
    if (session.open === 0 && session.lastUsedMs < beforeMs) end(sessions, session);
  }
}

function evictIdle(sessions: Map<string, Session>): boolean {
  let oldest: Session | undefined;
  for (const session of sessions.values()) {
    if (session.open === 0 && session.lastUsedMs < (oldest?.lastUsedMs ?? Number.POSITIVE_INFINITY))
      oldest = session;
  }
  if (oldest) end(sessions, oldest);
  return oldest !== undefined;
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
