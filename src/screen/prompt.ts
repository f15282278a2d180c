import { createInterface } from 'node:readline/promises';

/** Asks on the terminal until one of the words is given; the first is the default. */
export async function choose(
  question: string,
  words: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (;;) {
      const given = await terminal.question(`${question} [${words.join('/')}] `, { signal });
      const answer = given.trim().toLowerCase();
      const word = answer === '' ? words[0] : words.find((one) => one === answer);
      if (word !== undefined) return word;
    }
  } finally {
    terminal.close();
  }
}
