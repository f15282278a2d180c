import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { type Page, plain, type Route, type Routes } from '../http.ts';

/** The files of the page, as scripts/build.sh leaves them in dist/page, each packed twice. */
const FILES = [
  { path: '/', file: 'index.html', contentType: 'text/html; charset=utf-8' },
  { path: '/style.css', file: 'style.css', contentType: 'text/css; charset=utf-8' },
  { path: '/app.js', file: 'app.js', contentType: 'text/javascript; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', contentType: 'image/svg+xml' },
] as const;

/** Read once: they are small, and a later build does not change a running dashboard. */
export function assetRoutes(from = import.meta.dirname): Routes {
  const directory = findPage(from);
  if (directory === undefined) {
    const missing = plain(503, 'the page is not built: run scripts/build.sh, then restart');
    return new Map(FILES.map(({ path }) => [path, () => missing]));
  }
  return new Map(
    FILES.map(({ path, file, contentType }) => [
      path,
      fileRoute(join(directory, file), contentType),
    ]),
  );
}

function fileRoute(path: string, contentType: string): Route {
  const body = readFileSync(path);
  const packed = [
    { encoding: 'br', body: readFileSync(`${path}.br`) },
    { encoding: 'gzip', body: readFileSync(`${path}.gz`) },
  ];
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 20);
  return (request): Page => {
    const choice = packed.find(({ encoding }) => accepts(request, encoding));
    // A changed encoding is another representation, and needs another tag.
    const etag = `"${hash}${choice ? `-${choice.encoding}` : ''}"`;
    const headers = { ETag: etag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' };
    if (request.headers['if-none-match'] === etag) {
      return { status: 304, contentType, body: '', headers };
    }
    if (!choice) return { status: 200, contentType, body, headers };
    const { encoding } = choice;
    return {
      status: 200,
      contentType,
      body: choice.body,
      headers: { ...headers, 'Content-Encoding': encoding },
    };
  };
}

export function accepts(request: IncomingMessage, encoding: string): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return accepted.split(',').some((part) => {
    const [name = '', weight = ''] = part.split(';').map((text) => text.trim());
    return name === encoding && !/^q=0(?:\.0*)?$/.test(weight);
  });
}

/** From the bundle in dist, or from the sources beside it. */
function findPage(from: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    for (const candidate of [join(directory, 'page'), join(directory, 'dist', 'page')]) {
      if (existsSync(join(candidate, 'app.js.br'))) return candidate;
    }
    if (directory === dirname(directory)) return undefined;
  }
}
