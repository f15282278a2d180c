import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

export interface GuardOptions {
  /** Address the server is bound to: loopback needs no token, any other does. */
  host: string;
  /** Wanted in `Authorization: Bearer`; undefined only on loopback. */
  token: string | undefined;
}

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Refuses what a web page in the operator's browser could send (DNS rebinding), and strangers. */
export function createGuard({
  host,
  token,
}: GuardOptions): (request: IncomingMessage) => Refusal | undefined {
  const names = new Set([...LOOPBACK_NAMES, host, `[${host}]`]);
  const wanted = token === undefined ? undefined : digest(`Bearer ${token}`);
  return (request) => {
    const named = nameOf(request.headers.host);
    if (named === undefined || !names.has(named)) {
      return {
        status: 403,
        message: 'Host is not this server: address it by 127.0.0.1 or localhost',
      };
    }
    const origin = request.headers.origin;
    if (origin !== undefined && !names.has(originName(origin) ?? '')) {
      return { status: 403, message: 'Origin is not allowed' };
    }
    if (wanted && !timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) {
      const headers = { 'WWW-Authenticate': 'Bearer realm="pmcp"' };
      return { status: 401, message: 'a bearer token is required (MCP_HTTP_TOKEN_FILE)', headers };
    }
    return undefined;
  };
}

/** Equal lengths whatever was sent, so that the comparison's time says nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function nameOf(host: string | undefined): string | undefined {
  return host === undefined ? undefined : /^(\[[0-9a-f:.]+\]|[^:]+)(:\d{1,5})?$/i.exec(host)?.[1];
}

function originName(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}
