import { isTypeScript, type Source } from './source.ts';

/** Rules about text, each giving one sentence per violation. */

/** The formatter wraps code at 100 columns; text that it cannot break may take some more. */
const WIDEST_LINE = 120;
const LONGEST_FILE = 250;
/** Tables of cases may be longer than code. */
const LONGEST_TEST = 600;

/** Files that stay as one whole although they are long, and why. */
const wholes: Record<string, string> = {
  'src/config/schema.ts': 'every key once, in one list that reads as the manual',
};

/** Written by a tool, or another's words: not ours to wrap. */
const foreign =
  /^(?:package-lock\.json|LICENSE|docs\/.*\.(?:svg|json)|test\/.*\.(?:json|jsonl|ndjson|html|prom))$/;

function eachLine(file: Source, judge: (line: string) => string | undefined): string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const complaint = judge(line);
    return complaint ? [`${file.path}:${index + 1}: ${complaint}`] : [];
  });
}

export function wideLines(file: Source): string[] {
  // Prose is wrapped by whoever shows it.
  if (foreign.test(file.path) || file.path.endsWith('.md')) return [];
  return eachLine(file, (line) => {
    const width = [...line].length;
    return width > WIDEST_LINE ? `${width} columns` : undefined;
  });
}

export function longFiles(file: Source): string[] {
  if (!isTypeScript(file) || wholes[file.path]) return [];
  const limit = file.path.startsWith('test/') ? LONGEST_TEST : LONGEST_FILE;
  const lines = file.text.trimEnd().split('\n').length;
  return lines > limit ? [`${file.path}: ${lines} lines, ${limit} allowed`] : [];
}

export function emoji(file: Source): string[] {
  const picture = /\p{Emoji_Presentation}|\u{fe0f}/u;
  return eachLine(file, (line) => (picture.test(line) ? 'an emoji' : undefined));
}

/** Paths of somebody's machine, which mean nothing to anybody else. */
export function privatePaths(file: Source): string[] {
  const machine = /(?:^|[\s'"`(=:])\/(?:home|Users|root|work|workspaces?)\/\w/;
  const outside = /\.\.\/shared(?!\/data\b)/;
  return eachLine(file, (line) =>
    machine.test(line) || outside.test(line) ? 'a path outside the project' : undefined,
  );
}

export function strayMarkdown(file: Source): string[] {
  const expected = /^(?:README|CHANGELOG)\.md$|^docs\//;
  return file.path.endsWith('.md') && !expected.test(file.path)
    ? [`${file.path}: Markdown belongs in docs/`]
    : [];
}

/** Documents that are spoken of but do not exist, by path from the root or beside the speaker. */
export function missingDocuments(file: Source, paths: ReadonlySet<string>): string[] {
  // Tests make up documents of their own.
  if (file.path.startsWith('test/')) return [];
  const mention = /[\w./-]*\w\.md\b/g;
  return eachLine(file, (line) => {
    const lost = [...line.matchAll(mention)].map(([name]) => name).find((name) => !known(name));
    return lost && `${lost} does not exist`;
  });
  function known(name: string): boolean {
    const clean = name.replace(/^(?:\.{1,2}\/)+/, '');
    return [...paths].some((path) => path === clean || path.endsWith(`/${clean}`));
  }
}
