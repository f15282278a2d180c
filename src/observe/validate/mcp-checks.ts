import type { Config } from '../../config/schema.ts';
import { type Finding, failed, off, passed, unknown } from '../../core/validation.ts';
import { reasonOf } from '../../errors.ts';
import type { Check, Installation } from './checks.ts';
import { type McpSession, openMcp } from './mcp-client.ts';
import { originOf } from './probe.ts';

type Switch = Extract<
  keyof Config,
  'MCP_CODEBASE_SEARCH_ENABLED' | 'MCP_TESTING_ENABLED' | 'MCP_MONITORING_ENABLED'
>;

export const SERVERS: readonly { name: string; key: Switch }[] = [
  { name: 'codebase-search', key: 'MCP_CODEBASE_SEARCH_ENABLED' },
  { name: 'testing', key: 'MCP_TESTING_ENABLED' },
  { name: 'monitoring', key: 'MCP_MONITORING_ENABLED' },
];

const TOOL_MS = 65_000;

/** Greets each server as a client does, and has two of them work. */
export const mcpChecks: readonly Check[] = [
  ...SERVERS.map(
    ({ name, key }): Check => ({
      name: `MCP server ${name} answers`,
      phase: 2,
      run: (at) => withServer(at, name, key, failed, listsTools),
    }),
  ),
  {
    name: 'risk parameters are written in their place only',
    phase: 2,
    slow: true,
    run: (at) =>
      withServer(at, 'codebase-search', 'MCP_CODEBASE_SEARCH_ENABLED', unknown, scanRisk),
  },
  {
    name: 'test coverage reaches its target',
    phase: 2,
    slow: true,
    run: (at) => withServer(at, 'testing', 'MCP_TESTING_ENABLED', unknown, coverage),
  },
];

/** `otherwise`: what it means when the server cannot be asked. */
async function withServer(
  { config }: Installation,
  name: string,
  key: Switch,
  otherwise: (detail: string) => Finding,
  look: (session: McpSession) => Promise<Finding> | Finding,
): Promise<Finding> {
  if (!config[key]) return off(`switched off by ${key}`);
  const url = `${originOf(config.MCP_HTTP_HOST, config.MCP_HTTP_PORT)}/mcp/${name}`;
  try {
    const session = await openMcp(url, config.MCP_HTTP_TOKEN?.reveal());
    try {
      return await look(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    return otherwise(reasonOf(error));
  }
}

function listsTools({ server, tools }: McpSession): Finding {
  if (tools.length === 0) return failed(`${server} has no tools`);
  return passed(`${tools.length} tools`);
}

async function scanRisk(session: McpSession): Promise<Finding> {
  const { flagged, filesScanned } = await session.call('scan_risk_parameters', TOOL_MS);
  if (!Array.isArray(flagged) || typeof filesScanned !== 'number') {
    return unknown('the answer of scan_risk_parameters was not understood');
  }
  if (filesScanned === 0) return unknown('no risk parameter was found: see MCP_PROJECT_DIRS');
  if (flagged.length === 0) return passed(`${filesScanned} files scanned`);
  return failed(`${flagged.length} writes outside config and core: see \`pmcp scan\``);
}

async function coverage(session: McpSession): Promise<Finding> {
  const answer = await session.call('verify_test_coverage', TOOL_MS);
  const { status, coverage: share, threshold } = answer;
  const percent = (value: unknown) =>
    typeof value === 'number' ? `${(100 * value).toFixed(1)} %` : 'unknown';
  const figures = `${percent(share)} of ${percent(threshold)}`;
  if (status === 'passed') return passed(figures);
  if (status === 'failed') return failed(`${figures}: see \`pmcp coverage\``);
  return unknown('no fresh coverage report: run the tests with coverage, see `pmcp coverage`');
}
