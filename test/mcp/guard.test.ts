import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, it, test } from 'vitest';
import { isModern } from '../../src/mcp/era.ts';
import { createGuard } from '../../src/mcp/guard.ts';

const request = (headers: IncomingHttpHeaders) => ({ headers }) as IncomingMessage;

describe('on loopback', () => {
  const guard = createGuard({ host: '127.0.0.1', token: undefined });

  it.each(['localhost', '127.0.0.1:8081', '[::1]:8081'])('%s may ask', (host) => {
    expect(guard(request({ host }))).toBeUndefined();
    expect(guard(request({ host, origin: 'http://localhost:3000' }))).toBeUndefined();
  });

  it.each([
    [{}],
    [{ host: 'evil.example' }],
    [{ host: '127.0.0.1.evil.example:8081' }],
    [{ host: 'localhost:8081:1' }],
    [{ host: 'localhost', origin: 'http://evil.example' }],
    [{ host: 'localhost', origin: 'null' }],
    [{ host: 'localhost', origin: 'not an address' }],
  ])('%o may not', (headers) => {
    expect(guard(request(headers))).toMatchObject({ status: 403 });
  });
});

describe('on any other address', () => {
  const guard = createGuard({ host: '10.0.0.5', token: 'the right one' });
  const host = '10.0.0.5:8081';

  it('only who brings the token may ask', () => {
    expect(guard(request({ host, authorization: 'Bearer the right one' }))).toBeUndefined();
    for (const authorization of [undefined, '', 'the right one', 'Bearer the right on']) {
      expect(guard(request({ host, authorization }))).toMatchObject({ status: 401 });
    }
  });
});

const VERSION = 'io.modelcontextprotocol/protocolVersion';

test.each([
  [{}, { method: 'server/discover' }, true],
  [{}, { method: 'tools/list', params: { _meta: { [VERSION]: '2026-07-28' } } }, true],
  [{ 'mcp-protocol-version': '2026-07-28' }, undefined, true],
  [{ 'mcp-protocol-version': '2025-11-25' }, { method: 'tools/list' }, false],
  [{ 'mcp-session-id': 'one' }, { method: 'server/discover' }, false],
  [{}, { method: 'tools/list', params: { _meta: {} } }, false],
  [{}, { method: 'tools/list', params: { _meta: null } }, false],
  [{}, { method: 'tools/list', params: { _meta: 'text' } }, false],
  [{}, { method: 'tools/list', params: [] }, false],
  [{}, { method: 'tools/list', params: null }, false],
  [{}, { id: 1 }, false],
  [{}, null, false],
  [{}, 'text', false],
] as const)('headers %o with body %o: of the newest revision %s', (headers, body, modern) => {
  expect(isModern(request(headers), body)).toBe(modern);
});
