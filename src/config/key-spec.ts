/** What is known of one key, and short ways to write it down. */
import type { Secret } from './secret.ts';

export interface KeySpec<Value> {
  kind:
    | 'string'
    | 'number'
    | 'integer'
    | 'boolean'
    | 'choice'
    | 'secret'
    | 'path'
    | 'host'
    | 'url'
    | 'port';
  /** undefined: may stay unset. */
  defaultValue: Value;
  /** One sentence; begins with what it limits or names. */
  description: string;
  unit?: string;
  choices?: readonly string[];
  min?: number;
  max?: number;
  /** What a text or secret must look like, and the same in words. */
  pattern?: RegExp;
  expected?: string;
  /** A stand-in that is no secret, so that the committed `.env.staging` may be read by all. */
  placeholder?: string;
  group: Group;
}

export type Group =
  | 'Environment'
  | 'Trading'
  | 'Risk'
  | 'Venue'
  | 'MCP'
  | 'Monitoring'
  | 'Alerts'
  | 'Deploy';

type Spec<Value> = Omit<KeySpec<Value>, 'kind' | 'group' | 'description' | 'defaultValue'>;
export type Range = Spec<number>;

export const optionalText = (
  group: Group,
  description: string,
  look: Spec<string> = {},
): KeySpec<string | undefined> => ({
  kind: 'string',
  group,
  defaultValue: undefined,
  description,
  ...look,
});
export const text = (group: Group, defaultValue: string, description: string): KeySpec<string> => ({
  kind: 'string',
  group,
  defaultValue,
  description,
});
export const path = (group: Group, defaultValue: string, description: string): KeySpec<string> => ({
  kind: 'path',
  group,
  defaultValue,
  description,
});
export const number = (
  group: Group,
  defaultValue: number,
  description: string,
  range: Range = {},
): KeySpec<number> => ({ kind: 'number', group, defaultValue, description, ...range });
export const integer = (
  group: Group,
  defaultValue: number,
  description: string,
  range: Range = {},
): KeySpec<number> => ({ kind: 'integer', group, defaultValue, description, ...range });
/** 0 asks the system for a free one. */
export const port = (group: Group, defaultValue: number, description: string): KeySpec<number> => ({
  kind: 'port',
  group,
  defaultValue,
  description,
  min: 0,
  max: 65535,
});
export const host = (group: Group, defaultValue: string, description: string): KeySpec<string> => ({
  kind: 'host',
  group,
  defaultValue,
  description,
});
export const url = (group: Group, defaultValue: string, description: string): KeySpec<string> => ({
  kind: 'url',
  group,
  defaultValue,
  description,
});
export const flag = (
  group: Group,
  defaultValue: boolean,
  description: string,
): KeySpec<boolean> => ({
  kind: 'boolean',
  group,
  defaultValue,
  description,
});
export const secret = (
  group: Group,
  description: string,
  look: Spec<string> = {},
): KeySpec<Secret | undefined> => ({
  kind: 'secret',
  group,
  defaultValue: undefined,
  description,
  ...look,
});
export function choice<const C extends readonly string[]>(
  group: Group,
  choices: C,
  defaultValue: C[number],
  description: string,
): KeySpec<C[number]> & { choices: C } {
  return { kind: 'choice', group, choices, defaultValue, description };
}
