import { spawn } from 'node:child_process';
import { FailedError } from '../errors.ts';

/** Runs a program to its end and returns what it printed; FailedError unless it ends with 0. */
export function runOnce(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed);
      else reject(new FailedError(`${args.at(-1)}: ended with code ${code}`));
    });
  });
}
