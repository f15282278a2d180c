import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError, reasonOf } from '../../errors.ts';
import type { NamedPattern } from './patterns.ts';

const file = z.array(
  z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'lower case letters, digits and _'),
    description: z.string().min(1).max(300),
    regex: z.string().min(1).max(1_000),
  }),
);

const HINT =
  'A JSON list of {"name", "description", "regex"}; unset MCP_PATTERNS_FILE to do without.';

/** The operator's own named patterns; none when no file is configured. */
export async function readOwnPatterns(path: string | undefined): Promise<NamedPattern[]> {
  if (path === undefined) return [];
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError(`MCP_PATTERNS_FILE: ${reasonOf(error)}`, { hint: HINT });
  });
  const result = file.safeParse(parse(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the file';
  throw new ConfigError(`MCP_PATTERNS_FILE ${path}: ${where}: ${issue?.message}`, { hint: HINT });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
