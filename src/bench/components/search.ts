import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { timeGoal } from '../goals.ts';
import { keepAlive } from '../http.ts';
import { openMcpClient } from '../mcp-client.ts';
import { openMcpStand } from '../mcp-stand.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import type { Component } from './component.ts';

/** The tool search_code over HTTP, uncached and cached, beside the bare ripgrep below it. */
export const benchSearch: Component = async (options) => {
  const stand = await openMcpStand(options);
  const agent = keepAlive(2);
  try {
    const client = await openMcpClient(`${stand.mcpUrl}/mcp/codebase-search`, agent);
    let turn = 0;
    const search = (name: string, queryOf: () => string): Subject => ({
      name,
      async run(times) {
        for (let i = 0; i < times; i += 1)
          // The same search as the bare one: the tool's own default takes small letters for either case.
          await client.callTool('search_code', { query: queryOf(), case: 'sensitive' });
      },
    });
    const fresh = search('search_code', () => {
      turn += 1;
      return patternOf(turn);
    });
    const cached = search('search_code, cached', () => patternOf(0));
    const bare = bareRipgrep(options.projectDirectory);
    await cached.run(1);
    const timings = await measureInTurns([fresh, cached, bare], { ...options, clock: 'wall' });
    const row = (ours: string, goal: number | null) =>
      compareTimings(timings, { what: ours, ours, peer: bare.name, goal }, options);
    const [what, subject] = [cached.name, cached.name];
    const goal = { what, unit: 'ms', most: 2, subject, nanoseconds: 1e6 };
    return {
      goals: [timeGoal(timings, goal, options)],
      rows: [row(fresh.name, 1.2), row(cached.name, null)],
      absent: [],
      notes: ['in the sources of pmcp itself'],
    };
  } finally {
    agent.destroy();
    await stand.program.stop();
  }
};

/** Each another text for the cache and the same work for ripgrep. */
function patternOf(turn: number): string {
  return `max_position_size|(circuit_breaker){1,${1 + (turn % 1000)}}`;
}

function bareRipgrep(directory: string): Subject {
  let turn = 0;
  const path = ripgrepPath(directory);
  return {
    name: 'bare rg',
    async run(times) {
      for (let i = 0; i < times; i += 1) {
        turn += 1;
        await finished(path, [
          '--json',
          '--context=2',
          '--regexp',
          patternOf(turn),
          '--',
          directory,
        ]);
      }
    },
  };
}

function ripgrepPath(directory: string): string {
  const { rgPath } = createRequire(join(directory, 'package.json'))('@vscode/ripgrep');
  return String(rgPath);
}

function finished(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.resume();
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}
