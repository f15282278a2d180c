import type { ServerName } from '../real/servers.ts';

/** One request that is wrong by construction, and how it may be answered. */
export interface Malformed {
  what: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  /** `error`: one error, or a result that is one; `nothing`: 202, for it asked nothing. */
  wants: 'error' | 'nothing';
}

export type Random = () => number;

/** mulberry32: equal seeds give equal requests. */
export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

const JSON_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** Values that no schema of ours takes where a text or a number is wanted. */
const WRONG: readonly unknown[] = [
  null,
  true,
  [],
  [[['deep']]],
  { nested: { deeper: {} } },
  { __proto__: null, constructor: { prototype: { polluted: true } } },
  -1e308,
  1.5e-7,
];
const TEXTS = [
  '',
  '\u0000',
  '\ud800',
  '../../../../etc/passwd',
  'x'.repeat(2_000),
  '%00%2e%2e%2f',
  '$(reboot)',
  '-rf /',
  '{id}',
  '\u202egnp.exe',
];

function text(random: Random): string {
  if (random() < 0.5) return pick(random, TEXTS);
  const length = Math.floor(random() * 40);
  return Array.from({ length }, () => String.fromCharCode(33 + random() * 900)).join('');
}

/** Of each server: tools with arguments that are wrong in a way its own. */
const WRONG_CALLS: Record<ServerName, readonly [string, object][]> = {
  'codebase-search': [
    ['search_code', {}],
    ['search_code', { query: '(' }],
    ['search_code', { query: 'a{99999}{99999}' }],
    ['search_code', { query: 'x', limit: 0 }],
    ['search_code', { query: 'x', limit: 1e9 }],
    ['search_code', { query: 'x', context: 99 }],
    ['search_code', { query: 'x', path: '../..' }],
    ['search_code', { query: 'x', path: '/etc' }],
    ['search_pattern', { name: 'constructor' }],
    ['read_source', { path: '/etc/passwd' }],
    ['read_source', { path: '--help' }],
    ['read_source', { path: 'bot.py', from: 1_000_000 }],
    ['read_source', { path: 'src' }],
    ['read_source', { path: 'bot.py\u0000.txt' }],
    ['find_symbol', { name: 'a b' }],
    ['scan_risk_parameters', { parameters: ['NOT_ONE'] }],
  ],
  testing: [
    ['run_tests', { files: ['../../../etc/passwd'] }],
    ['run_tests', { files: ['--require=/tmp/evil.js'] }],
    ['run_tests', { filter: '' }],
    ['run_tests', { files: 'sum.test.js' }],
    ['run_tests', { coverage: 'yes' }],
    ['get_failures', { runId: 'none' }],
    ['get_failures', { limit: 51 }],
    ['coverage_gaps', { limit: -1 }],
    ['coverage_gaps', { cursor: 'not ours' }],
    ['list_tests', { limit: 501 }],
  ],
  monitoring: [
    ['halt_trading', {}],
    ['halt_trading', { reason: '  ' }],
    ['halt_trading', { reason: 'x'.repeat(301) }],
    ['get_component_health', { component: '__proto__' }],
    ['explain_trade', { id: 'nope' }],
    ['explain_trade', { id: 'fill-1' }],
    ['list_trades', { cursor: 'bm9wZQ' }],
    ['list_trades', { result: 'maybe' }],
    ['list_alerts', { limit: 101 }],
    ['acknowledge_alert', { id: 'none' }],
    ['get_trading_latency', { minutes: 0 }],
    ['get_metrics', { prefix: 'x'.repeat(101) }],
  ],
};

const METHODS = [
  'tools/call',
  'tools/list',
  'resources/read',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
  'resources/subscribe',
];

/** Wrong parameters of methods that exist; each asks for an answer, which must be an error. */
function wrongParams(random: Random, server: ServerName): [string, unknown] {
  const [tool, input] = pick(random, WRONG_CALLS[server]);
  const calls: [string, unknown][] = [
    ['tools/call', { name: tool, arguments: input }],
    ['tools/call', { name: tool, arguments: { ...input, [`${text(random)}_`]: text(random) } }],
    ['tools/call', { name: tool, arguments: pick(random, ['text', 7, ['list'], true]) }],
    ['tools/call', { name: `no_${text(random)}`, arguments: input }],
    ['tools/call', { name: pick(random, WRONG), arguments: input }],
    ['tools/list', { cursor: `not ours ${text(random)}` }],
    ['prompts/list', { cursor: 'bzE=x' }],
    ['resources/list', { cursor: pick(random, WRONG.slice(1)) }],
    ['resources/read', { uri: `pmcp://no/${encodeURIComponent(pick(random, TEXTS.slice(3, 5)))}` }],
    ['resources/read', { uri: 'file:///etc/passwd' }],
    ['resources/read', { uri: pick(random, WRONG) }],
    ['prompts/get', { name: `no ${text(random)}` }],
    ['prompts/get', { name: pick(random, WRONG) }],
    ['completion/complete', { ref: { type: 'ref/tool' }, argument: { name: 'x', value: 'y' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'no' } }],
    ['logging/setLevel', { level: text(random) }],
    ['resources/subscribe', { uri: pick(random, WRONG) }],
    [`no/${text(random)}`, {}],
  ];
  return pick(random, calls);
}

function rpc(random: Random, method: unknown, params: unknown): string {
  // Now and then one that is under way already.
  const id = random() < 0.02 ? 'same' : Math.floor(random() * 2 ** 48);
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** Bodies that are no JSON, no JSON-RPC, or too much of it. */
function brokenBody(random: Random): string | Uint8Array {
  const valid = rpc(random, pick(random, METHODS), {});
  const makers: (() => string | Uint8Array)[] = [
    () => '',
    () => valid.slice(0, 1 + Math.floor(random() * (valid.length - 2))),
    () => Uint8Array.from({ length: 1 + Math.floor(random() * 300) }, () => 128 + random() * 128),
    () => JSON.stringify(pick(random, [null, 1, 'text', true, {}, []])),
    () => JSON.stringify({ jsonrpc: '1.0', id: 1, method: 'ping' }),
    () => JSON.stringify({ jsonrpc: '2.0', id: pick(random, [{}, [], 1.5]), method: 'ping' }),
    () => JSON.stringify({ jsonrpc: '2.0', id: 1, method: pick(random, [7, null, {}]) }),
    () => JSON.stringify({ jsonrpc: '2.0', id: 1 }),
    () => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: 'text' }),
  ];
  const heavy: typeof makers = [
    () => '['.repeat(50_000),
    () => '{"a":'.repeat(5_000),
    () => JSON.stringify(Array.from({ length: 500 }, () => JSON.parse(valid))),
    () => 'null'.padEnd(300_000),
    () => ' '.repeat(1_100_000),
  ];
  return pick(random, random() < 0.01 ? heavy : makers)();
}

const MODERN = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function modern(random: Random, server: ServerName): Pick<Malformed, 'body' | 'headers'> {
  const [method, given] = wrongParams(random, server);
  const meta = pick(random, [MODERN, { ...MODERN, 'io.modelcontextprotocol/clientInfo': 7 }]);
  const params = { ...(given as object), _meta: meta };
  const { name: named } = given as { name?: unknown };
  const name = typeof named === 'string' ? named : 'none';
  const plain = (value: string) => value.replace(/[^\x21-\x7e]/g, '').slice(0, 200);
  const headers: Record<string, string> = {
    ...JSON_HEADERS,
    'mcp-protocol-version': pick(random, ['2026-07-28', '2026-07-28', '9999-01-01']),
    'mcp-method': plain(method),
    'mcp-name': plain(name),
  };
  return { body: rpc(random, method, params), headers };
}

/** Anything malformed for one server; `session` is an open one. */
export function malformed(random: Random, server: ServerName, session: string): Malformed {
  const path = `/mcp/${server}`;
  const here = { path, method: 'POST', wants: 'error' as const };
  const inSession = { ...JSON_HEADERS, 'mcp-session-id': session };
  const [method, params] = wrongParams(random, server);
  const body = rpc(random, method, params);
  const chance = random();
  if (chance < 0.4) return { ...here, what: `${method} in a session`, headers: inSession, body };
  if (chance < 0.5) return { ...here, what: '2026-07-28', ...modern(random, server) };
  if (chance < 0.7) {
    const headers = pick(random, [JSON_HEADERS, inSession]);
    return { ...here, what: 'broken body', headers, body: brokenBody(random) };
  }
  if (chance < 0.72) {
    const notification = JSON.stringify({ jsonrpc: '2.0', method: `notifications/${method}` });
    const what = 'an unknown notification';
    return { ...here, what, headers: inSession, body: notification, wants: 'nothing' };
  }
  const changes: Record<string, Record<string, string>> = {
    'unknown session': { 'mcp-session-id': plainOr(text(random), 'none') },
    'foreign host': { host: 'evil.example' },
    'foreign origin': { origin: 'https://evil.example' },
    'old protocol': { 'mcp-session-id': session, 'mcp-protocol-version': '1999-01-01' },
    'wrong type': { 'mcp-session-id': session, 'content-type': 'text/plain' },
    'wrong accept': { 'mcp-session-id': session, accept: 'text/html' },
    'no session': {},
  };
  const what = pick(random, [...Object.keys(changes), 'method', 'path']);
  const headers = { ...JSON_HEADERS, ...changes[what] };
  if (what === 'path') return { ...here, what, headers, body, path: `/mcp/${server}/${random()}` };
  if (what === 'method') {
    const other = pick(random, ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);
    return { ...here, what: other, method: other, headers: JSON_HEADERS, body: undefined };
  }
  return { ...here, what, headers, body };
}

function plainOr(given: string, otherwise: string): string {
  return given.replace(/[^\x21-\x7e]/g, '').slice(0, 200) || otherwise;
}
