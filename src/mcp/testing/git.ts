import { spawn } from 'node:child_process';

/** stdout of a git command, trimmed; undefined when git fails or this is no repository. */
export function git(
  root: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('git', ['-C', root, ...argv], {
      stdio: ['ignore', 'pipe', 'ignore'],
      signal,
      timeout: 5_000,
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text.length < 1_000_000) text += chunk.toString();
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? text.trim() : undefined));
  });
}

/** When HEAD was committed, epoch ms. */
export async function commitTime(root: string, signal: AbortSignal): Promise<number | undefined> {
  const seconds = Number(await git(root, ['log', '-1', '--format=%ct'], signal));
  return seconds > 0 ? seconds * 1_000 : undefined;
}
