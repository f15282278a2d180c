import { join } from 'node:path';

export const CLIENTS = ['claude-code', 'cursor', 'vscode', 'json'] as const;
export type McpClient = (typeof CLIENTS)[number];

export const SERVER_NAMES = ['codebase-search', 'testing', 'monitoring'] as const;

interface Stdio {
  command: string;
  args: string[];
}

export interface InstallPlan {
  client: McpClient;
  /** Where the client reads it, relative to the project; undefined: print only. */
  file: string | undefined;
  /** Merged into what the file holds, under this key. */
  key: 'mcpServers' | 'servers';
  servers: Record<string, object>;
}

/** What a client needs to start our servers over stdio: the pipe finds or starts the daemon. */
export function planInstall(
  client: McpClient,
  options: { launcher: string; dataDir: string },
): InstallPlan {
  const entry = (server: string): Stdio => ({
    command: options.launcher,
    args: ['mcp', '--stdio', server, '--data-dir', options.dataDir],
  });
  const entries = SERVER_NAMES.map((server) => [`pmcp-${server}`, entry(server)] as const);
  const typed = entries.map(([name, stdio]) => [name, { type: 'stdio', ...stdio }] as const);
  switch (client) {
    case 'claude-code':
      return { client, file: '.mcp.json', key: 'mcpServers', servers: Object.fromEntries(typed) };
    case 'cursor':
      return {
        client,
        file: join('.cursor', 'mcp.json'),
        key: 'mcpServers',
        servers: Object.fromEntries(entries),
      };
    case 'vscode':
      return {
        client,
        file: join('.vscode', 'mcp.json'),
        key: 'servers',
        servers: Object.fromEntries(typed),
      };
    case 'json':
      return { client, file: undefined, key: 'mcpServers', servers: Object.fromEntries(entries) };
  }
}

/** The file's new text; undefined when what it holds is no JSON object, and must not be touched. */
export function mergeInstall(plan: InstallPlan, existing: string | undefined): string | undefined {
  const current = existing === undefined || existing.trim() === '' ? {} : parse(existing);
  if (current === undefined) return undefined;
  const known = current[plan.key];
  const others = typeof known === 'object' && known !== null ? known : {};
  const merged = { ...current, [plan.key]: { ...others, ...plan.servers } };
  return `${JSON.stringify(merged, null, 2)}\n`;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}
