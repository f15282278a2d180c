import { z } from 'zod';
import type { JsonSchema, Shape } from './definition.ts';

/** A zod type as a Shape: its JSON Schema 2020-12, and its check with one line per problem. */
export function shape<Type extends z.ZodType>(
  type: Type,
  io: 'input' | 'output',
): Shape<z.output<Type>> {
  const schema: JsonSchema = { ...z.toJSONSchema(type, { target: 'draft-2020-12', io }) };
  return {
    schema,
    parse(value) {
      const result = type.safeParse(value);
      if (result.success) return { ok: true, value: result.data };
      return { ok: false, problems: result.error.issues.map(describe) };
    },
  };
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.length > 0 ? issue.path.join('.') : 'arguments';
  return `${where}: ${issue.message}`;
}
