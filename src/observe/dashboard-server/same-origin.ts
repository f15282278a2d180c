import type { IncomingMessage } from 'node:http';

/**
 * Whether a change was asked for by our own page. Browsers put both headers on every POST and let no
 * page forge them; a request with neither is refused as well.
 */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const { origin, host } = headers;
  if (origin === undefined) return site === 'same-origin';
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** A page of somebody else's may not make its readers' browsers open our streams. */
export function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}
