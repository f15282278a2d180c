import type { IncomingMessage } from 'node:http';

const MODERN = '2026-07-28';
/** In `_meta` of every modern request; older clients never send it. */
const VERSION_META = 'io.modelcontextprotocol/protocolVersion';

/**
 * Whether a request speaks revision 2026-07-28 or later: it names the revision in its envelope or
 * header, or uses a method that older ones do not have. Everything else is answered as before.
 */
export function isModern(request: IncomingMessage, body: unknown): boolean {
  if (request.headers['mcp-session-id'] !== undefined) return false;
  const header = request.headers['mcp-protocol-version'];
  if (typeof header === 'string' && header >= MODERN) return true;
  if (typeof body !== 'object' || body === null || !('method' in body)) return false;
  if (body.method === 'server/discover') return true;
  const meta = 'params' in body ? metaOf(body.params) : undefined;
  return meta !== undefined && VERSION_META in meta;
}

function metaOf(params: unknown): object | undefined {
  if (typeof params !== 'object' || params === null || !('_meta' in params)) return undefined;
  return typeof params._meta === 'object' && params._meta !== null ? params._meta : undefined;
}
