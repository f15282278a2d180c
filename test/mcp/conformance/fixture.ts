import { createModernHost } from '../../../src/mcp/adapter/modern.ts';
import type { CallEnvironment } from '../../../src/mcp/call-tool.ts';
import { type McpHttp, serveMcpHttp } from '../../../src/mcp/http.ts';
import { FIXTURE } from './fixture-definition.ts';
import { createLegacyFixture } from './fixture-legacy.ts';
import { createModernFixture } from './fixture-modern.ts';

const environment: CallEnvironment = {
  gate: () => undefined,
  record: () => undefined,
  redact: (text) => text,
};

/** The fixture behind the shipped router, guard, body limit, session host and modern host. */
export async function startFixture(): Promise<McpHttp & { url: string }> {
  const http = await serveMcpHttp({
    host: '127.0.0.1',
    port: 0,
    token: undefined,
    servers: [
      {
        name: FIXTURE.name,
        legacy: async () => createLegacyFixture(environment),
        modern: async () =>
          createModernHost(
            (notify) => createModernFixture(environment, notify),
            () => () => undefined,
          ),
      },
    ],
  });
  return { ...http, url: `http://127.0.0.1:${http.port}/mcp/${FIXTURE.name}` };
}
