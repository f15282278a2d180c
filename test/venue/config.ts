import { type Config, schema } from '../../src/config/schema.ts';

/** The defaults with some keys changed, past the loader: what a venue sees, not what is allowed. */
export async function configWith(change: Partial<Config>): Promise<Config> {
  const defaults = Object.entries(schema).map(([key, spec]) => [key, spec.defaultValue]);
  return { ...(Object.fromEntries(defaults) as Config), ...change };
}
