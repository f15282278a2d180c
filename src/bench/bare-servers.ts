import { join } from 'node:path';
import { call } from './http.ts';
import { freePorts, type Program, startProgram } from './program.ts';

/** Peers that serve, each as a program of its own: what is measured must not share our process. */
export interface BareServer {
  url: string;
  program: Program;
}

/** The same bytes from a bare node:http server. */
const HTTP = `
const { createServer } = require('node:http');
const body = Buffer.from(process.env.BARE_BODY, 'base64');
createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': process.env.BARE_TYPE, 'Content-Length': body.length });
  response.end(body);
}).listen(Number(process.env.BARE_PORT), '127.0.0.1');
`;

/** One tool that echoes, on the official SDK, a session for each client, as its examples do. */
const SDK = `
const { createServer } = require('node:http');
const { randomUUID } = require('node:crypto');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } =
  require('@modelcontextprotocol/sdk/server/streamableHttp.js');
const sessions = new Map();
const open = async () => {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  const server = new McpServer({ name: 'bare', version: '1' });
  const body = Buffer.from(process.env.BARE_BODY, 'base64').toString();
  server.registerTool('echo', { description: 'echo' }, () => ({
    content: [{ type: 'text', text: body }],
  }));
  await server.connect(transport);
  return transport;
};
createServer(async (request, response) => {
  if (request.url === '/ready') return response.end();
  const transport = sessions.get(request.headers['mcp-session-id']) ?? (await open());
  await transport.handleRequest(request, response);
}).listen(Number(process.env.BARE_PORT), '127.0.0.1');
`;

export interface BareOptions {
  dataDir: string;
  /** Where packages are found. */
  projectDirectory: string;
  body: string;
  contentType?: string;
}

export function startBareHttp(options: BareOptions): Promise<BareServer> {
  return startBare('bare-http', HTTP, options);
}

export function startBareSdk(options: BareOptions): Promise<BareServer> {
  return startBare('bare-sdk', SDK, options);
}

async function startBare(name: string, source: string, options: BareOptions): Promise<BareServer> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const script = `process.chdir(process.env.BARE_ROOT);
    require = require('node:module').createRequire(process.env.BARE_ROOT + '/package.json');${source}`;
  const program = await startProgram({
    name,
    command: process.execPath,
    args: ['-e', script],
    env: {
      ...process.env,
      BARE_PORT: String(port),
      BARE_ROOT: options.projectDirectory,
      BARE_BODY: Buffer.from(options.body).toString('base64'),
      BARE_TYPE: options.contentType ?? 'application/json',
    },
    logPath: join(options.dataDir, 'logs', `${name}.log`),
    isReady: async () => (await call({ url: `${url}/ready`, timeoutMs: 1000 })).status === 200,
  });
  return { url, program };
}
