import { ask, type Reply } from './probe.ts';

/** A session with an MCP server, by its protocol over HTTP and nothing else. */
export interface McpSession {
  server: string;
  tools: string[];
  /** The tool's structured answer; rejects when it says no. */
  call(tool: string, timeoutMs: number): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const REVISION = '2025-11-25';

/** Greets the server and asks for its tools. Rejects with what was wrong. */
export async function openMcp(url: string, token: string | undefined): Promise<McpSession> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': REVISION,
  };
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
  let id = 0;
  const send = (body: object, timeoutMs?: number) =>
    ask({
      url,
      method: 'POST',
      headers,
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  const request = async (method: string, params: object, timeoutMs?: number) => {
    id += 1;
    const reply = await send({ id, method, params }, timeoutMs);
    return { reply, result: resultOf(reply, id, method) };
  };

  const hello = await request('initialize', {
    protocolVersion: REVISION,
    capabilities: {},
    clientInfo: { name: 'pmcp validate-health', version: '1' },
  });
  const session = hello.reply.headers['mcp-session-id'];
  if (typeof session === 'string') headers['Mcp-Session-Id'] = session;
  await send({ method: 'notifications/initialized' });
  const { result } = await request('tools/list', {});
  const serverInfo = hello.result['serverInfo'] as { name?: string } | undefined;
  const tools = result['tools'];
  if (!Array.isArray(tools)) throw new Error('tools/list: no list of tools');
  return {
    server: serverInfo?.name ?? '',
    tools: tools.map(({ name }) => String(name)),
    async call(name, timeoutMs) {
      const answer = await request('tools/call', { name, arguments: {} }, timeoutMs);
      const { isError, content, structuredContent } = answer.result;
      if (isError === true) throw new Error(textOf(content));
      return (structuredContent ?? {}) as Record<string, unknown>;
    },
    async close() {
      await ask({ url, method: 'DELETE', headers }).catch(() => {});
    },
  };
}

/** Of a plain JSON answer or of a stream of events. */
function resultOf(reply: Reply, id: number, method: string): Record<string, unknown> {
  const streamed = (reply.headers['content-type'] ?? '').includes('text/event-stream');
  const texts = streamed
    ? [...reply.body.matchAll(/^data: ?(.*)$/gm)].map(([, data = '']) => data)
    : [reply.body];
  for (const text of texts) {
    const message = parse(text);
    if (message?.['error']) {
      const { message: words } = message['error'] as { message?: string };
      throw new Error(`${method}: ${words ?? 'an error'}`);
    }
    if (message?.['id'] === id && typeof message['result'] === 'object') {
      return message['result'] as Record<string, unknown>;
    }
  }
  throw new Error(`${method}: HTTP ${reply.status} without an answer`);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(content: unknown): string {
  const [first] = Array.isArray(content) ? content : [];
  return String((first as { text?: string } | undefined)?.text ?? 'the tool failed').slice(0, 300);
}
