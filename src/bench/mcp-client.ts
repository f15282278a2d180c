import type { Agent } from 'node:http';
import { InconclusiveError } from '../errors.ts';
import { type Answer, call } from './http.ts';

/** Just enough of an MCP client to put load on a server over HTTP. */
export interface McpClient {
  callTool(name: string, args: object): Promise<void>;
  close(): Promise<void>;
}

const REVISION = '2025-11-25';
const ACCEPT = { Accept: 'application/json, text/event-stream' };

export async function openMcpClient(url: string, agent?: Agent): Promise<McpClient> {
  let id = 0;
  let headers: Record<string, string> = ACCEPT;
  const send = async (method: string, params: object): Promise<Answer> => {
    id += 1;
    const body = { jsonrpc: '2.0', id, method, params };
    const answer = await call({ url, method: 'POST', body, headers, ...(agent && { agent }) });
    if (answer.status === 200 && answer.text.includes('"result"')) return answer;
    throw new InconclusiveError(`${url} ${method}: answered ${answer.status}`, {
      hint: answer.text.slice(0, 200),
    });
  };
  const hello = await send('initialize', {
    protocolVersion: REVISION,
    capabilities: {},
    clientInfo: { name: 'pmcp-bench', version: '1' },
  });
  const session = hello.headers['mcp-session-id'];
  headers = {
    ...ACCEPT,
    'MCP-Protocol-Version': REVISION,
    ...(typeof session === 'string' && { 'Mcp-Session-Id': session }),
  };
  const notification = { jsonrpc: '2.0', method: 'notifications/initialized' };
  await call({ url, method: 'POST', body: notification, headers, ...(agent && { agent }) });
  return {
    callTool: async (name, args) => {
      const { text } = await send('tools/call', { name, arguments: args });
      // A refusal is quick, and no answer.
      if (!text.includes('"isError":true')) return;
      throw new InconclusiveError(`${url} ${name}: failed`, { hint: text.slice(0, 200) });
    },
    close: async () => {
      await call({ url, method: 'DELETE', headers, ...(agent && { agent }) });
    },
  };
}
