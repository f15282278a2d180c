import type { GlobalFlags } from '../context.ts';
import { type Config, schema } from './schema.ts';

/** Placeholder until the real loader lands: defaults only. */
export async function loadConfig(_: { flags: GlobalFlags }): Promise<Config> {
  const entries = Object.entries(schema).map(([key, spec]) => [key, spec.defaultValue]);
  return Object.freeze(Object.fromEntries(entries)) as Config;
}
