import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { User } from '../host/owner.ts';
import { MCP_CPU_LIMITS } from '../host/unit-limits.ts';

/** How the mcp process is held to what its unit gives it, and in which words to say so. */
export interface Held {
  /** Command words before its own. */
  words: readonly string[];
  /** Who starts it: root, where the scope gives the rights away itself. */
  user: User | undefined;
  said: string;
}

const { Nice, ...CGROUP } = MCP_CPU_LIMITS;
const NICE = ['nice', '-n', Nice];

/**
 * In a scope of systemd's, where this program may ask for one: with the unit's quota of CPU time and
 * its share of it. Anywhere else it is only nice, and can cost more than it does on a server.
 */
export async function heldAsUnit(user: User | undefined): Promise<Held> {
  const only = (why: string): Held => ({ words: NICE, user, said: `nice ${Nice} only: ${why}` });
  if (!existsSync('/run/systemd/system')) return only('no systemd here');
  if (process.getuid?.() !== 0) return only('a quota of CPU time takes root');
  const limits = Object.entries(CGROUP).map(([name, value]) => `${name}=${value}`);
  const scope = [
    ...['systemd-run', '--scope', '--quiet', '--collect'],
    ...limits.flatMap((limit) => ['-p', limit]),
    ...(user ? [`--uid=${user.uid}`, `--gid=${user.gid}`] : []),
  ];
  const problem = await problemOf([...scope, 'true']);
  if (problem !== undefined) return only(`systemd-run: ${problem}`);
  const words = [...scope, ...NICE];
  return { words, user: undefined, said: `${limits.join(', ')}, nice ${Nice}, as its unit` };
}

function problemOf([command = '', ...args]: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000 }, (error, _stdout, stderr) => {
      resolve(error ? stderr.trim().split('\n')[0] || error.message : undefined);
    });
  });
}
