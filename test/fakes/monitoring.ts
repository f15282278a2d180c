/**
 * A monitoring process that answers what a file says: dashboard, metrics and MCP servers, each on
 * its port. The file is read for every answer, so that a running one can be broken.
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';

export interface Behaviour {
  ports: { dashboard: number; metrics: number; mcp: number };
  health: { status: number; body: string; delayMs: number };
  metrics: { status: number; body: string };
  /** Answers of tools/call by tool, and tools of each server; a server without a list is dead. */
  tools: Record<string, string[] | undefined>;
  answers: Record<string, object>;
  /** Words of tools that say no. */
  refusals: Record<string, string>;
  /** The process ends when this tool is called. */
  endsOn: string | null;
  /** Burns CPU. */
  busy: boolean;
}

const path = process.argv[2] ?? '';
const behaviour = (): Behaviour => JSON.parse(readFileSync(path, 'utf8'));
const serve = (port: number, listener: RequestListener) =>
  createServer(listener).listen(port, '127.0.0.1');
const { ports } = behaviour();

serve(ports.dashboard, (request, response) => {
  if (request.url === '/livez') return void response.end('ok');
  const { status, body, delayMs } = behaviour().health;
  setTimeout(() => response.writeHead(status).end(body), delayMs);
});
serve(ports.metrics, (_, response) => {
  const { status, body } = behaviour().metrics;
  response.writeHead(status).end(body);
});
serve(ports.mcp, async (request, response) => {
  if (request.method !== 'POST') return void response.end();
  let text = '';
  for await (const part of request) text += part;
  const { id, method, params } = JSON.parse(text);
  const { tools, answers, refusals, endsOn } = behaviour();
  if (endsOn !== null && endsOn === params?.name) process.exit(1);
  const own = tools[request.url?.split('/').at(-1) ?? ''];
  if (!own) return void response.writeHead(503).end('{}');
  const refusal = refusals[params?.name];
  const answer = { structuredContent: answers[params?.name] ?? {}, content: [] };
  const no = { isError: true, content: [{ type: 'text', text: refusal }] };
  const results: Record<string, object> = {
    initialize: { serverInfo: { name: 'fake' }, capabilities: {}, protocolVersion: '2025-11-25' },
    'tools/list': { tools: own.map((name) => ({ name })) },
    'tools/call': refusal === undefined ? answer : no,
  };
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} }));
});

setInterval(() => {
  if (!behaviour().busy) return;
  const endMs = Date.now() + 45;
  while (Date.now() < endMs);
}, 50);
