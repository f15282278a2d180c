import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from 'rolldown/utils';

/** One file of the project, as the house rules see it. */
export interface Source {
  /** Relative to the project's root. */
  path: string;
  text: string;
}

/** A node of the syntax tree, without promises about its kind. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** What one import statement, re-export or `import()` asks for. */
export interface Import {
  specifier: string;
  /** `import type`: gone at run time. */
  typeOnly: boolean;
  start: number;
}

export const root = resolve(import.meta.dirname, '../..');

/** Every text that git tracks or would track: uncommitted files must be tidy too. */
export function projectFiles(): Source[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((path) => path !== '' && isFile(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));
}

function isFile(path: string): boolean {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false;
}

export function isTypeScript(file: Source): boolean {
  return file.path.endsWith('.ts');
}

/** Product code, as opposed to tests and tooling. */
export function isProduct(file: Source): boolean {
  return /^(?:src|commands)\/.*\.ts$/.test(file.path);
}

/** `path:line`, as editors and terminals understand it. */
export function at(file: Source, offset: number): string {
  return `${file.path}:${file.text.slice(0, offset).split('\n').length}`;
}

const parsed = new WeakMap<Source, ReturnType<typeof parseSync>>();

function parse(file: Source) {
  const known = parsed.get(file);
  if (known) return known;
  const result = parseSync(file.path, file.text);
  const broken = result.errors[0];
  if (broken) throw new Error(`${file.path}: ${broken.message}`);
  parsed.set(file, result);
  return result;
}

export function comments(file: Source): { text: string; start: number }[] {
  return parse(file).comments.map(({ value, start }) => ({ text: value, start }));
}

/** Calls `visit` for every node, parents first. */
export function walk(file: Source, visit: (node: Node, parent: Node | undefined) => void): void {
  const descend = (value: unknown, parent: Node | undefined): void => {
    if (Array.isArray(value)) {
      for (const item of value) descend(item, parent);
    } else if (isNode(value)) {
      visit(value, parent);
      for (const key in value) descend(value[key], value);
    }
  };
  descend(parse(file).program, undefined);
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

export function imports(file: Source): Import[] {
  const found: Import[] = [];
  walk(file, (node) => {
    const specifier = isNode(node['source']) ? node['source']['value'] : undefined;
    if (typeof specifier !== 'string') return;
    const kind = node['importKind'] ?? node['exportKind'];
    found.push({ specifier, typeOnly: kind === 'type', start: node.start });
  });
  return found;
}
