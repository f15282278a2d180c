import { parseSync, Visitor } from 'oxc-parser';
import type { Usage } from './usage.ts';

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/**
 * Every definition, read and write of the named parameters in a TypeScript or JavaScript source;
 * undefined when it cannot be parsed. `names` maps each spelling to its parameter.
 */
export function usagesBySyntax(
  path: string,
  source: string,
  names: ReadonlyMap<string, string>,
): Usage[] | undefined {
  const { program, errors } = parseSync(path, source);
  if (errors.some((error) => error.severity === 'Error')) return undefined;
  const roles = new Map<number, Usage['kind']>();
  const found: { start: number; name: string }[] = [];
  const lineStarts = indexLines(source);
  const mark = (target: unknown, kind: Usage['kind']) => {
    for (const start of targetsOf(target)) roles.set(start, kind);
  };
  const note = (start: number, name: unknown) => {
    if (typeof name === 'string' && names.has(name)) found.push({ start, name });
  };
  new Visitor({
    AssignmentExpression: (node) => mark(node.left, 'write'),
    UpdateExpression: (node) => mark(node.argument, 'write'),
    UnaryExpression: (node) => node.operator === 'delete' && mark(node.argument, 'write'),
    ForOfStatement: (node) => mark(node.left, 'write'),
    ForInStatement: (node) => mark(node.left, 'write'),
    VariableDeclarator: (node) => mark(node.id, 'definition'),
    Property: (node) => mark(node.key, 'definition'),
    PropertyDefinition: (node) => mark(node.key, 'definition'),
    TSPropertySignature: (node) => mark(node.key, 'definition'),
    TSEnumMember: (node) => mark(node.id, 'definition'),
    Identifier: (node) => note(node.start, node.name),
    Literal: (node) => note(node.start, node.value),
  }).visit(program);
  return found.map(({ start, name }) => {
    const line = lineAt(lineStarts, start);
    const text = source
      .slice(lineStarts[line - 1], lineStarts[line] ?? source.length)
      .trim()
      .slice(0, 200);
    return {
      parameter: names.get(name) ?? name,
      kind: roles.get(start) ?? 'read',
      path,
      line,
      text,
      by: 'syntax',
    };
  });
}

/** Where the names that a target sets stand: `a`, `a.b` (b), `a['b']`, `[a, b]`, `{ k: a }`. */
function targetsOf(target: unknown): number[] {
  if (typeof target !== 'object' || target === null) return [];
  const node = target as Node;
  switch (node.type) {
    case 'Identifier':
    case 'Literal':
      return [node.start];
    case 'MemberExpression':
      return targetsOf(node['property']);
    case 'ArrayPattern':
      return (node['elements'] as unknown[]).flatMap(targetsOf);
    case 'ObjectPattern':
      return (node['properties'] as Node[]).flatMap((property) =>
        targetsOf(property['value'] ?? property['argument']),
      );
    case 'AssignmentPattern':
      return targetsOf(node['left']);
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'ParenthesizedExpression':
      return targetsOf(node['expression']);
    default:
      return [];
  }
}

function indexLines(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1))
    starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
