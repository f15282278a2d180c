/** Calls a tool of a running MCP server with nothing but HTTP. */
export async function callTool(port: string, server: string, name: string): Promise<unknown> {
  const url = `http://127.0.0.1:${port}/mcp/${server}`;
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
  };
  const post = (body: object) =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', ...body }) });
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const greeting = await post({ id: 1, method: 'initialize', params });
  await greeting.text();
  headers['Mcp-Session-Id'] = greeting.headers.get('mcp-session-id') ?? '';
  await post({ method: 'notifications/initialized' });
  const answer = await post({ id: 2, method: 'tools/call', params: { name, arguments: {} } });
  return answer.text();
}
