import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { parseArgv } from '../../src/cli.ts';
import { ALERT_RULES } from '../../src/core/alerts/rules.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** Command lines of pmcp in blocks that are typed, and in the running text. */
function pmcpLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:console|sh)\n([\s\S]*?)^```/gm)].map(
    ([, block = '']) => block,
  );
  const typed = blocks
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => line.split(/&&|\|\|/));
  const spoken = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`(pmcp [^`\n]+)`/g)].map(
    ([, one = '']) => one,
  );
  return [...typed, ...spoken].flatMap((line) => {
    const [, words] = /^\s*(?:[$#]\s+)?(?:\S*\/)?pmcp\s+(.*)$/.exec(line) ?? [];
    return words === undefined ? [] : [words.split(/\s+#|\s*[|>)](?:\s|$)/)[0]?.trim() ?? ''];
  });
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/["']([^"']*)["']|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
}

const HAS_COMMANDS = ['docs/operations.md', 'docs/runbook.md', 'docs/upgrading.md', 'docs/mcp.md'];

describe.each(documents)('%s', (path) => {
  const lines = [...new Set(pmcpLines(read(path)))].filter(
    (line) => !line.startsWith('--') && !line.endsWith('--help'),
  );
  test('names commands, arguments and flags that there are', async () => {
    if (HAS_COMMANDS.includes(path)) expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      const words = wordsOf(line);
      expect(
        commands.map(({ name }) => name),
        line,
      ).toContain(words[0]);
      // A command that is spoken of by its name alone may lack what it needs.
      if (words.length < 2) continue;
      const problem = await parseArgv(words, commands, '0').then(
        () => 'none',
        (error: Error) => error.message,
      );
      expect(problem, `pmcp ${line}`).toMatch(/^none$|missing required argument|argument missing/);
    }
  });
  test('leads to documents that are there', () => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)];
    for (const [, link = ''] of links) {
      expect(() => readFileSync(join(root, dirname(path), link)), link).not.toThrow(/ENOENT/);
    }
  });
});

describe('the runbook', () => {
  const entries = read('docs/runbook.md').split(/^### /m).slice(1);
  test('has an entry for every alert, and for no other', () => {
    const keys = entries.map((entry) => /^`([^`]+)`/.exec(entry)?.[1]);
    expect(keys.sort()).toEqual(ALERT_RULES.map(({ key }) => key).sort());
  });
  test.each(entries)('%#: says what it means and what to type', (entry) => {
    const [words = '', commands = ''] = entry.split('```console');
    expect(words.length).toBeGreaterThan(60);
    expect(commands).toMatch(/^\$ \w/m);
  });
});

test('the guide of MCP shows the configuration of each client that can be installed', () => {
  const text = read('docs/mcp.md');
  for (const client of ['json', 'claude-code', 'cursor', 'vscode']) {
    expect(text).toContain(`mcp install ${client}`);
  }
});
