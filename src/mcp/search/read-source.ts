import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { MAX_CHARACTERS } from '../page.ts';
import { shape } from '../shape.ts';
import type { SearchEngine } from './engine.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_LINES = 400;

const input = z.strictObject({
  path: z.string().min(1).max(4_096).describe('File to read, relative to the project.'),
  from: z.int().min(1).default(1).describe('First line, from 1.'),
  lines: z.int().min(1).max(MAX_LINES).default(200).describe('How many lines.'),
});

const output = z.strictObject({
  path: z.string(),
  from: z.int(),
  to: z.int(),
  totalLines: z.int(),
  text: z.string(),
  nextFrom: z.int().optional().describe('Pass as `from` to read on.'),
});
type Output = z.output<typeof output>;

export function readSource(engine: SearchEngine): ToolDefinition<z.output<typeof input>, Output> {
  return {
    name: 'read_source',
    title: 'Read source',
    description: 'Reads lines of a source file inside the allowed directories.',
    hints: READ_ONLY,
    input: shape(input, 'input'),
    output: shape(output, 'output'),
    timeoutMs: 5_000,
    async run({ path, from, lines }, { signal }) {
      const file = await engine.roots.resolve(path);
      await refuseUnreadable(engine, file, path, signal);
      const all = (await readFile(file, 'utf8')).split('\n');
      if (from > all.length) {
        throw new ToolFailure(
          'no_such_line',
          `${path} has ${all.length} lines`,
          'Use a smaller `from`.',
        );
      }
      const shown = fitting(all.slice(from - 1, from - 1 + lines));
      const to = from - 1 + shown.length;
      const answer = {
        path: engine.roots.show(file),
        from,
        to,
        totalLines: all.length,
        text: shown.join('\n'),
      };
      return to < all.length ? { ...answer, nextFrom: to + 1 } : answer;
    },
    render: ({ path, from, to, totalLines, text, nextFrom }) => {
      const numbered = text
        .split('\n')
        .map((line, index) => `${String(from + index).padStart(5)}  ${line}`);
      const more = nextFrom === undefined ? [] : [`More: call again with from ${nextFrom}`];
      const head = `${path}, lines ${from} to ${to} of ${totalLines}`;
      return [head, ...numbered, ...more].join('\n');
    },
  };
}

/** As many of the lines as fit into an answer; a first one that does not fit is cut. */
function fitting(lines: readonly string[]): string[] {
  let characters = 0;
  const end = lines.findIndex((line) => {
    characters += line.length + 1;
    return characters > MAX_CHARACTERS;
  });
  if (end === 0) return lines.slice(0, 1).map((line) => `${line.slice(0, MAX_CHARACTERS)}…`);
  return lines.slice(0, end === -1 ? undefined : end);
}

async function refuseUnreadable(
  engine: SearchEngine,
  file: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { size, isFile } = await stat(file).then((stats) => ({
    size: stats.size,
    isFile: stats.isFile(),
  }));
  if (!isFile)
    throw new ToolFailure(
      'not_a_file',
      `${path} is not a file`,
      'Name a file; search_code finds them.',
    );
  if (size > MAX_BYTES) {
    throw new ToolFailure(
      'too_large',
      `${path} has ${size} bytes, more than ${MAX_BYTES}`,
      'Search in it with search_code.',
    );
  }
  if (!(await engine.isVisible(file, signal))) {
    throw new ToolFailure(
      'denied',
      `${path} is hidden or ignored by git and never shown`,
      'Ask the operator instead.',
    );
  }
}
