/**
 * Run by provider.test.ts in two forms, with the argument `left` or `right`. A comment at the end
 * of a line, or alone below it, gives the counts that are expected of it: of its statements in the
 * `left` run and in the `right` run, then of the arms of its branch in both runs together.
 */
import { basename } from 'node:path';

interface Shape {
  kind: 'round' | 'flat';
  size: number;
}

type Side = 'left' | 'right';

const side = process.argv[2] as Side; // 1 1
const seen: unknown[] = []; // 1 1
const isLeft = side === 'left'; // 1 1

/** Never called. */
export function describeShape(shape: Shape): string {
  return `${shape.kind} × ${shape.size}`; // 0 0
}

class Counter {
  count = 0; // 1 1
  readonly #step: number;

  constructor(step = 2) {
    this.#step = step; // 1 1
  }

  add(times: number): this {
    for (let at = 0; at < times; at++) {
      // 2 2
      if (at === 1) continue; // 6 6 [4,8]
      this.count += this.#step; // 4 4
    }
    return this; // 2 2
  }
}

export function areaOf(shape: Shape | undefined): number {
  if (shape === undefined) return 0; // 3 3 [2,4]
  const { kind } = shape; // 2 2
  switch (kind) {
    // 2 2 [2,2]
    case 'round':
      return shape.size ** 2 * 3; // 1 1
    case 'flat':
      return 0; // 1 1
  }
}

const label = isLeft ? 'ein Maß' : 'une mesure'; // 1 1 [1,1]
const named = isLeft || (label.length > 3 && label.length < 99); // 1 1 [2,1,1]
if (isLeft) {
  // 1 1 [1,1]
  label.trim(); // 1 0
} else {
  label.trimStart(); // 0 1
}

const twice = (value: number) => value * 2; // 4 4
const never = () => {
  // 1 1
  throw new Error('not now'); // 0 0
};

async function later(value: number | undefined): Promise<number> {
  await Promise.resolve(); // 2 2
  return value ?? twice(21); // 2 2 [4,2]
}

function* upTo(limit: number) {
  for (let at = 0; at < limit; at++) yield at; // 3 3
}

try {
  // 1 1
  if (isLeft) JSON.parse('{'); // 1 1 [1,1]
  label.toUpperCase(); // 0 1
} catch (error) {
  seen.push(error); // 1 0
}

new Counter().add(3).add(3); // 1 1
[{ kind: 'round', size: 1 } satisfies Shape, undefined, { kind: 'flat', size: 1 } as const].map(
  // 1 1
  areaOf,
);
[...upTo(3)].map(twice).length; // 1 1
await Promise.all([later(1), later(undefined)]); // 1 1
const wanted = named && basename('/a/b') === 'c'; // 1 1 [2,2]
if (wanted) never(); // 1 1 [0,2]
