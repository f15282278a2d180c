import type { IncomingMessage } from 'node:http';
import type { Alerts } from '../alerts/port.ts';
import { type Page, pathOf, plain } from '../http.ts';
import { readSmallBody } from './body.ts';
import { isSameOrigin } from './same-origin.ts';

/** No page of another origin can add this to a request without asking us first. */
const OWN_HEADER = 'x-pmcp-dashboard';

/** `POST /api/alerts/<id>/ack`: the only thing that the dashboard can change. */
export function acknowledgeRoute(
  alerts: Alerts,
  onDone: () => void,
): (request: IncomingMessage) => Promise<Page> {
  return async (request) => {
    if (request.headers[OWN_HEADER] === undefined || !isSameOrigin(request)) {
      return plain(403, 'only the page of this dashboard may acknowledge');
    }
    const body = await readSmallBody(request);
    if (body === undefined) return plain(413, 'the body is too large');
    const wanted = parse(body);
    if (!wanted) return plain(400, 'the body must be empty or {"falsePositive": true or false}');
    const id = idOf(pathOf(request));
    const alert = id && alerts.acknowledge(id, 'dashboard', wanted.falsePositive);
    if (!alert) return plain(404, 'no such alert');
    onDone();
    return plain(200, 'acknowledged');
  };
}

function idOf(path: string): string | undefined {
  const part = path.split('/')[3] ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function parse(body: string): { falsePositive: boolean } | undefined {
  if (body === '') return { falsePositive: false };
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return undefined;
    const { falsePositive = false } = value as Record<string, unknown>;
    return typeof falsePositive === 'boolean' ? { falsePositive } : undefined;
  } catch {
    return undefined;
  }
}
