/**
 * Checks of plain data that came from outside, without a schema library: the quick commands must
 * not load one. A check answers undefined, or what is wrong and where.
 */
export type Shape = (value: unknown, path: string) => string | undefined;

export const text: Shape = (value, path) =>
  typeof value === 'string' ? undefined : wrong(path, 'a text', value);

export const flag: Shape = (value, path) =>
  typeof value === 'boolean' ? undefined : wrong(path, 'true or false', value);

export const figure: Shape = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : wrong(path, 'a number', value);

export const nullable =
  (shape: Shape): Shape =>
  (value, path) =>
    value === null ? undefined : shape(value, path);

/** May be left out. */
export const optional =
  (shape: Shape): Shape =>
  (value, path) =>
    value === undefined ? undefined : shape(value, path);

export const among =
  (...allowed: readonly string[]): Shape =>
  (value, path) =>
    typeof value === 'string' && allowed.includes(value)
      ? undefined
      : wrong(path, `one of ${allowed.join(', ')}`, value);

export const list =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return wrong(path, 'a list', value);
    for (let i = 0; i < value.length; i++) {
      const problem = shape(value[i], `${path}[${i}]`);
      if (problem) return problem;
    }
    return undefined;
  };

/** Named values of one shape. */
export const table =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!isObject(value)) return wrong(path, 'an object', value);
    for (const key of Object.keys(value)) {
      const problem = shape(value[key], `${path}.${key}`);
      if (problem) return problem;
    }
    return undefined;
  };

/** These keys at least; others are left to newer versions. */
export const object = (keys: Record<string, Shape>): Shape => {
  const entries = Object.entries(keys);
  return (value, path) => {
    if (!isObject(value)) return wrong(path, 'an object', value);
    for (const [key, shape] of entries) {
      const problem = shape(value[key], path === '' ? key : `${path}.${key}`);
      if (problem) return problem;
    }
    return undefined;
  };
};

/** One shape per value of `tag`. */
export const union =
  (tag: string, variants: Record<string, Shape>): Shape =>
  (value, path) => {
    if (!isObject(value)) return wrong(path, 'an object', value);
    const name = value[tag];
    const shape = typeof name === 'string' && Object.hasOwn(variants, name) && variants[name];
    const at = path === '' ? tag : `${path}.${tag}`;
    return shape
      ? shape(value, path)
      : wrong(at, `one of ${Object.keys(variants).join(', ')}`, name);
  };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(path: string, wanted: string, value: unknown): string {
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return `${path || 'message'}: must be ${wanted}, got ${got}`;
}
