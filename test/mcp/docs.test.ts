import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';
import { SERVERS, startRealServers } from './real/servers.ts';

test('docs/mcp.md names every tool, and no other', async () => {
  const manual = readFileSync('docs/mcp.md', 'utf8');
  const documented = [...manual.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort();
  const servers = await startRealServers();
  const offered: string[] = [];
  try {
    for (const name of SERVERS) {
      const client = new Client({ name: 'docs', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(new URL(servers.url(name))));
      offered.push(...(await client.listTools()).tools.map((tool) => tool.name));
      const { prompts } = await client.listPrompts();
      for (const prompt of prompts) expect(manual).toContain(`\`${prompt.name}\``);
      await client.close();
    }
  } finally {
    await servers.close();
  }
  expect(documented).toEqual(offered.sort());
});
