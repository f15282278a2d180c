import {
  at,
  comments,
  isNode,
  isProduct,
  isTypeScript,
  type Node,
  type Source,
  walk,
} from './source.ts';

/** Rules about code, each giving one sentence per violation. */

const LONGEST_FUNCTION = 70;
/** A factory is what a class is elsewhere: its inner functions are measured for themselves. */
const LONGEST_FACTORY = 130;

const isFunction = ({ type }: Node) =>
  /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);

export function longFunctions(file: Source): string[] {
  if (!isTypeScript(file)) return [];
  const found: string[] = [];
  const linesOf = (node: Node) => file.text.slice(node.start, node.end).split('\n').length;
  walk(file, (node, parent) => {
    if (!isFunction(node)) return;
    // The body of a describe groups tests as a file does.
    if (parent?.type === 'CallExpression' && nameOf(parent['callee']).startsWith('describe'))
      return;
    const lines = linesOf(node);
    if (lines <= LONGEST_FUNCTION) return;
    const inner = outermostFunctions(node).reduce((sum, each) => sum + linesOf(each), 0);
    const tooLong = isProduct(file) && lines > LONGEST_FACTORY;
    if (tooLong || lines - inner > LONGEST_FUNCTION) {
      found.push(`${at(file, node.start)}: function of ${lines} lines, ${lines - inner} its own`);
    }
  });
  return found;
}

/** The functions directly inside a node, not those inside them. */
function outermostFunctions(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter(isNode)
    .flatMap((child) => (isFunction(child) ? [child] : outermostFunctions(child)));
}

export function looseTypes(file: Source): string[] {
  if (!isTypeScript(file)) return [];
  const found: string[] = [];
  walk(file, (node) => {
    if (node.type === 'TSAnyKeyword') found.push(`${at(file, node.start)}: any`);
  });
  for (const { text, start } of comments(file)) {
    const switched = /@ts-(?:ignore|expect-error|nocheck)|(?:biome|v8|c8|istanbul)[ -]ignore/.exec(
      text,
    );
    if (switched) found.push(`${at(file, start)}: ${switched[0]}`);
    if (/\b(?:TODO|FIXME|XXX)\b/.test(text)) found.push(`${at(file, start)}: unfinished work`);
  }
  return found;
}

export function consoleUse(file: Source): string[] {
  if (!isProduct(file) || file.path.startsWith('src/screen/')) return [];
  return useOf(file, new Set(['console']));
}

const impure = new Set([
  ...['Date', 'performance', 'process', 'Promise', 'fetch', 'globalThis', 'crypto', 'console'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Intl', 'Atomics'],
]);

/** core computes: no clock, no environment, no waiting, no chance. */
export function impureCore(file: Source): string[] {
  if (!file.path.startsWith('src/core/')) return [];
  const found = useOf(file, impure, isDateOfMoment);
  walk(file, (node) => {
    if (node['async'] === true) found.push(`${at(file, node.start)}: async`);
    if (nameOf(node) === 'Math.random') found.push(`${at(file, node.start)}: Math.random`);
  });
  return found;
}

/** Tests that hide others, or that are left out without saying which and why. */
export function silencedTests(file: Source): string[] {
  if (!file.path.endsWith('.test.ts')) return [];
  const found: string[] = [];
  walk(file, (node) => {
    if (node.type !== 'CallExpression') return;
    const name = nameOf(node['callee']);
    if (/\.only$/.test(name)) found.push(`${at(file, node.start)}: ${name}`);
    const [first] = Array.isArray(node['arguments']) ? node['arguments'] : [];
    if (/\.(?:skip|todo)$/.test(name) && !/^(?:Literal|TemplateLiteral)$/.test(first?.type)) {
      found.push(`${at(file, node.start)}: ${name} without a name or reason`);
    }
  });
  return found;
}

/** `new Date(ms)`, `Date.UTC` and `Date.parse` compute; anything else of Date asks a clock. */
function isDateOfMoment(node: Node, parent: Node | undefined): boolean {
  if (nameOf(node) !== 'Date' || !parent) return false;
  const given = Array.isArray(parent['arguments']) ? parent['arguments'].length : 0;
  return (
    (parent.type === 'NewExpression' && given > 0) || /^Date\.(?:UTC|parse)$/.test(nameOf(parent))
  );
}

type Permit = (node: Node, parent: Node | undefined) => boolean;

function useOf(file: Source, names: ReadonlySet<string>, permits: Permit = () => false): string[] {
  const found: string[] = [];
  const own = boundNames(file);
  walk(file, (node, parent) => {
    const name = nameOf(node);
    if (node.type !== 'Identifier' || !names.has(name) || own.has(name)) return;
    const isMember = parent?.['property'] === node && parent['computed'] !== true;
    const isKey = parent?.['key'] === node && parent['shorthand'] !== true;
    if (!isMember && !isKey && !permits(node, parent))
      found.push(`${at(file, node.start)}: ${nameOf(node)}`);
  });
  return found;
}

/** Names that a file gives to values of its own, which then do not mean the global. */
function boundNames(file: Source): ReadonlySet<string> {
  const bound = new Set<string>();
  const bind = (value: unknown): void => {
    if (!isNode(value)) return;
    if (value.type === 'Identifier') bound.add(nameOf(value));
    if (value.type === 'ObjectPattern') bindAll(value['properties']);
    if (value.type === 'Property') bind(value['value']);
  };
  const bindAll = (values: unknown) => Array.isArray(values) && values.forEach(bind);
  walk(file, (node) => {
    if (node.type === 'VariableDeclarator') bind(node['id']);
    if (isFunction(node)) bindAll(node['params']);
  });
  return bound;
}

/** `a.b.c` of an identifier or member expression; empty for anything else. */
function nameOf(value: unknown): string {
  const node = value as Node | undefined;
  if (node?.type === 'Identifier') return String(node['name']);
  if (node?.type !== 'MemberExpression' || node['computed'] === true) return '';
  return `${nameOf(node['object'])}.${nameOf(node['property'])}`;
}
