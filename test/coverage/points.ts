import { parseSync } from 'rolldown/utils';
import { isNode, type Node } from '../house/source.ts';

/** A half-open range of UTF-16 offsets in the original source. */
export interface Span {
  start: number;
  end: number;
}

/** What coverage counts in one source file. */
export interface Points {
  statements: Span[];
  functions: { name: string; declaration: Span; body: Span }[];
  /** `arms` is empty for an `else` that is not written. */
  branches: { kind: string; whole: Span; arms: (Span | undefined)[] }[];
}

const statementKinds = new Set(
  [
    ...['Break', 'Continue', 'Debugger', 'Do', 'DoWhile', 'Expression', 'For', 'ForIn', 'ForOf'],
    ...['If', 'Labeled', 'Return', 'Switch', 'Throw', 'Try', 'While'],
  ].map((kind) => `${kind}Statement`),
);

/**
 * Statements, functions and branches of the original TypeScript. Both the code that vitest ran and
 * the bundle that the journeys ran are counted at these same points, so that their union is exact.
 */
export function pointsOf(path: string, source: string): Points {
  const { program, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const points: Points = { statements: [], functions: [], branches: [] };
  visit(program, points);
  return points;
}

/** Where the points begin: the places at which counts are looked up. */
export function startsOf({ statements, functions, branches }: Points): number[] {
  const spans = [
    ...statements,
    ...functions.map(({ body }) => body),
    ...branches.flatMap(({ whole, arms }) => [whole, ...arms]),
  ];
  return spans.flatMap((each) => each?.start ?? []);
}

function visit(value: unknown, points: Points): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, points);
  } else if (isNode(value) && !isTypeOnly(value)) {
    addStatement(value, points);
    addFunction(value, points);
    addBranch(value, points);
    for (const key in value) visit(value[key], points);
  }
}

/** Types leave no code; `x as T`, `x!` and `x satisfies T` leave their expression. */
function isTypeOnly(node: Node): boolean {
  const wraps = /^TS(?:As|NonNull|Satisfies|TypeAssertion|Instantiation)/.test(node.type);
  return (node.type.startsWith('TS') && !wraps) || node['declare'] === true;
}

function addStatement(node: Node, { statements }: Points): void {
  const isDirective = node['directive'] !== undefined && node['directive'] !== null;
  if (statementKinds.has(node.type) && !isDirective) statements.push(span(node));
  const initial =
    (node.type === 'VariableDeclarator' && node['init']) ||
    (node.type === 'PropertyDefinition' && node['value']);
  if (isNode(initial)) statements.push(span(node));
  const body = node['body'];
  if (node.type === 'ArrowFunctionExpression' && isNode(body) && body.type !== 'BlockStatement') {
    statements.push(span(body));
  }
}

function addFunction(node: Node, { functions }: Points): void {
  const isFunction = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;
  const body = node['body'];
  if (!isFunction.test(node.type) || !isNode(body)) return;
  const id = node['id'];
  const name = isNode(id) ? String(id['name']) : `(anonymous_${functions.length})`;
  functions.push({ name, declaration: { start: node.start, end: body.start }, body: span(body) });
}

function addBranch(node: Node, { branches }: Points): void {
  const add = (kind: string, arms: unknown[]) =>
    branches.push({
      kind,
      whole: span(node),
      arms: arms.map((arm) => (isNode(arm) ? span(arm) : undefined)),
    });
  if (node.type === 'IfStatement') add('if', [node['consequent'], node['alternate']]);
  if (node.type === 'ConditionalExpression') {
    add('cond-expr', [node['consequent'], node['alternate']]);
  }
  if (node.type === 'LogicalExpression' && !node['inner']) add('binary-expr', operands(node));
  if (node.type === 'SwitchStatement' && Array.isArray(node['cases'])) add('switch', node['cases']);
}

/** `a && b || c` is one branch with three arms: the inner expressions are marked as counted. */
function operands(node: Node): Node[] {
  return [node['left'], node['right']].filter(isNode).flatMap((side) => {
    let bare = side;
    while (bare.type === 'ParenthesizedExpression' && isNode(bare['expression'])) {
      bare = bare['expression'];
    }
    if (bare.type !== 'LogicalExpression') return [bare];
    bare['inner'] = true;
    return operands(bare);
  });
}

function span({ start, end }: Span): Span {
  return { start, end };
}
