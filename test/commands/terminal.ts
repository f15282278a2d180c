import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { PMCP, temporaryDirectory } from '../journeys/run.ts';

/** Runs `pmcp ...args` on a terminal, and types one answer to the question that it asks. */
export function typeTo(
  args: readonly string[],
  answer: string,
  env: Record<string, string>,
): Promise<{ code: number | null; said: string }> {
  return new Promise((done) => {
    const command = [PMCP, ...args].map((word) => `'${word}'`).join(' ');
    const cwd = temporaryDirectory();
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', DATA_DIR: cwd, ...env },
    });
    let said = '';
    let isAnswered = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = stripVTControlCharacters(said + text);
      if (isAnswered || !/\? \[\w+\/\w+\]/.test(said)) return;
      isAnswered = true;
      child.stdin.write(`${answer}\n`);
    });
    child.once('close', (code) => done({ code, said }));
  });
}
