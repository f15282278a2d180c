/**
 * Defaults < `.env` < `.env.<environment>` < process environment < flags, checked and frozen.
 * All problems are reported at once.
 */
import type { GlobalFlags } from '../context.ts';
import { ConfigError, type Problem } from '../errors.ts';
import { type LayerInput, readLayers, type Settings } from './layers.ts';
import { type Rule, rules } from './rules.ts';
import { type Config, type Key, keys, schema } from './schema.ts';
import { readSecretFiles } from './secret-source.ts';
import { parseValue } from './value.ts';

export interface LoadInput {
  flags: Pick<GlobalFlags, 'env' | 'dataDir'>;
  /** Default: the process's own. */
  env?: NodeJS.ProcessEnv;
  /** Where the `.env` files are. Default: the working directory. */
  directory?: string;
}

export interface Loaded {
  config: Config;
  /** Where each value comes from: `default`, `.env:3`, `environment`, `--env`. */
  origins: Readonly<Record<Key, string>>;
  /** The `.env` files that were read. */
  files: readonly string[];
}

export async function loadConfig(input: LoadInput): Promise<Config> {
  return loadWithOrigins(input).config;
}

/** Throws ConfigError with every problem. */
export function loadWithOrigins({ flags, env, directory }: LoadInput): Loaded {
  const input: LayerInput = {
    flags,
    env: env ?? process.env,
    directory: directory ?? process.cwd(),
  };
  const { settings, files, problems } = readLayers(input);
  readSecretFiles(settings, input, problems);
  const { values, wrong } = parseAll(settings, problems);
  const config = Object.freeze(values) as Config;
  const originOf = (key: Key) => settings.get(key)?.origin ?? 'default';
  const origin = (key: Key) => `(${originOf(key)})`;
  const readable = (rule: Rule) => !rule.keys.some((key) => wrong.has(key));
  for (const rule of rules.filter(readable)) {
    const problem = rule.check({ config, origin });
    if (problem) problems.push(problem);
  }
  if (problems.length > 0) throw configError(problems);
  const origins = Object.fromEntries(keys.map((key) => [key, originOf(key)]));
  return { config, origins: origins as Record<Key, string>, files };
}

function parseAll(settings: Settings, problems: Problem[]) {
  const values: Record<string, unknown> = {};
  const wrong = new Set<Key>();
  for (const key of keys) {
    const spec = schema[key];
    const setting = settings.get(key);
    values[key] = spec.defaultValue;
    if (!setting) continue;
    const parsed = parseValue(setting.value, spec);
    if ('value' in parsed) {
      values[key] = parsed.value;
      continue;
    }
    wrong.add(key);
    const message = `${key}: ${parsed.wrong} (${setting.origin})`;
    problems.push({ message, hint: `Allowed: ${parsed.allowed}.` });
  }
  return { values, wrong };
}

function configError(problems: Problem[]): ConfigError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new ConfigError(`the configuration has ${count}`, { problems });
}
