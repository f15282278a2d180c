import type { ToolState } from '../dashboard/state.ts';

export interface ToolCall {
  server: string;
  tool: string;
  ok: boolean;
  durationMs: number;
}

export interface ToolUsage {
  called(call: ToolCall): void;
  /** Most used first. */
  tools(): ToolState[];
}

/** How the MCP tools were used since this process began. */
export function createToolUsage(realNowMs: () => number): ToolUsage {
  const used = new Map<string, Omit<ToolState, 'meanMs'> & { totalMs: number }>();
  return {
    called({ server, tool, ok, durationMs }) {
      const key = `${server}/${tool}`;
      const one = used.get(key) ?? { server, tool, calls: 0, errors: 0, totalMs: 0, lastAtMs: 0 };
      one.calls += 1;
      one.errors += ok ? 0 : 1;
      one.totalMs += durationMs;
      one.lastAtMs = realNowMs();
      used.set(key, one);
    },
    tools: () =>
      [...used.values()]
        .map(({ totalMs, ...one }) => ({ ...one, meanMs: Math.round(totalMs / one.calls) }))
        .sort((a, b) => b.calls - a.calls),
  };
}
