import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Page, pathOf, plain, type Route, type Routes } from '../http.ts';
import { readSmallBody } from './body.ts';
import { loginPage } from './login-page.ts';
import { isSameOrigin } from './same-origin.ts';

export interface Access {
  /** Answers instead of the route when whoever asks has not shown the token. */
  admit(request: IncomingMessage): Page | undefined;
  routes: Routes;
}

const SESSION_MS = 12 * 3_600_000;
/** Wrong tokens a minute, from all comers together; the token itself is too long to guess. */
const TRIES_PER_MINUTE = 10;
/** What must be seen without a token: whether it lives, and the way in. */
const OPEN = new Set(['/livez', '/readyz', '/login', '/style.css', '/icon.svg']);

/** The door of a dashboard with a token: a bearer for programs, a cookie for browsers. */
export function createAccess(token: string, realNowMs: () => number): Access {
  const bearer = digest(`Bearer ${token}`);
  const tokenDigest = digest(token);
  let wrong: number[] = [];

  const sign = (untilMs: number) =>
    createHmac('sha256', token).update(`dashboard session until ${untilMs}`).digest('base64url');
  const hasSession = ({ headers }: IncomingMessage) => {
    const value = /(?:^|;\s*)pmcp_session=(\d{1,15})\.([\w-]{43})(?:;|$)/.exec(
      headers.cookie ?? '',
    );
    const untilMs = Number(value?.[1] ?? 0);
    return untilMs > realNowMs() && equal(value?.[2] ?? '', digest(sign(untilMs)));
  };
  const mayEnter = (request: IncomingMessage) =>
    hasSession(request) || equal(request.headers.authorization ?? '', bearer);

  const login = async (request: IncomingMessage): Promise<Page> => {
    if (!isSameOrigin(request)) return plain(403, 'only the login page of this dashboard may ask');
    const nowMs = realNowMs();
    wrong = wrong.filter((atMs) => atMs > nowMs - 60_000);
    if (wrong.length >= TRIES_PER_MINUTE) {
      const page = loginPage(429, 'Too many wrong tokens: wait a minute.');
      return { ...page, headers: { ...page.headers, 'Retry-After': '60' } };
    }
    const given = new URLSearchParams((await readSmallBody(request)) ?? '').get('token') ?? '';
    if (!equal(given.trim(), tokenDigest)) {
      wrong.push(nowMs);
      return loginPage(401, 'This is not the token.');
    }
    const untilMs = nowMs + SESSION_MS;
    const age = Math.floor(SESSION_MS / 1000);
    const cookie = `pmcp_session=${untilMs}.${sign(untilMs)}`;
    const flags = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${age}`;
    return {
      ...plain(303, 'welcome'),
      headers: { Location: '/', 'Set-Cookie': `${cookie}; ${flags}` },
    };
  };

  return {
    admit(request): Page | undefined {
      if (OPEN.has(pathOf(request)) || mayEnter(request)) return undefined;
      if (request.headers.accept?.includes('text/html')) {
        return { ...plain(303, 'a token is needed'), headers: { Location: '/login' } };
      }
      return {
        ...plain(401, 'a token is needed: Authorization: Bearer, or log in at /login'),
        headers: { 'WWW-Authenticate': 'Bearer realm="pmcp"' },
      };
    },
    routes: new Map<string, Route>([
      ['/login', () => loginPage(200, '')],
      ['POST /login', login],
    ]),
  };
}

/** Equal lengths whatever was sent, so that the comparison's time says nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function equal(given: string, wanted: Buffer): boolean {
  return timingSafeEqual(digest(given), wanted);
}
