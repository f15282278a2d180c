/** Where values come from: `.env`, `.env.<environment>`, the process environment, flags. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, reasonOf } from '../errors.ts';
import { parseEnvFile } from './env-file.ts';
import { isKnown, isOurs, suggestion } from './names.ts';
import { type Key, schema } from './schema.ts';

export interface Setting {
  value: string;
  /** For people: `.env.staging:12`, `environment`, `--data-dir`. */
  origin: string;
  /** Higher wins. */
  rank: number;
}

export type Settings = Map<string, Setting>;

const RANK = { file: 1, environmentFile: 2, process: 3, flag: 4 } as const;
const MAX_FILE_BYTES = 1_048_576;

export interface LayerInput {
  flags: { env?: string | undefined; dataDir?: string | undefined };
  env: NodeJS.ProcessEnv;
  /** Where the `.env` files are. */
  directory: string;
}

export interface Layers {
  settings: Settings;
  /** The `.env` files that were there. */
  files: string[];
  problems: Problem[];
}

export function readLayers({ flags, env, directory }: LayerInput): Layers {
  const layers: Layers = { settings: new Map(), files: [], problems: [] };
  addFile(layers, directory, '.env', RANK.file);
  const named = flags.env ?? env['ENVIRONMENT'] ?? layers.settings.get('ENVIRONMENT')?.value;
  const environment = schema.ENVIRONMENT.choices.find((choice) => choice === named);
  // An environment that does not exist has no file; validation will name the problem.
  const name = environment ?? (named === undefined ? schema.ENVIRONMENT.defaultValue : undefined);
  if (name) addFile(layers, directory, `.env.${name}`, RANK.environmentFile, name);
  addProcess(layers, env);
  const add = (key: Key, flag: string, value: string | undefined) => {
    if (value !== undefined) layers.settings.set(key, { value, origin: flag, rank: RANK.flag });
  };
  add('ENVIRONMENT', '--env', flags.env);
  add('DATA_DIR', '--data-dir', flags.dataDir);
  return layers;
}

function addFile(
  layers: Layers,
  directory: string,
  name: string,
  rank: number,
  environment?: string,
): void {
  const path = join(directory, name);
  const text = readText(path, name, layers.problems);
  if (text === undefined) return;
  layers.files.push(name);
  const { entries, problems } = parseEnvFile(text, name);
  layers.problems.push(...problems);
  for (const [key, { value, line }] of entries) {
    const origin = `${name}:${line}`;
    if (!isKnown(key)) {
      if (isOurs(key, 'file')) layers.problems.push(unknownKey(key, origin));
      continue;
    }
    if (key === 'ENVIRONMENT' && environment !== undefined && value !== environment) {
      const message = `ENVIRONMENT: ${JSON.stringify(value)} in the file of ${environment}`;
      layers.problems.push({ message: `${message} (${origin})`, hint: 'Correct or remove it.' });
    }
    const spec = schema[key as Key] as { kind?: string; placeholder?: string } | undefined;
    const isSecret = spec?.kind === 'secret' && value !== '' && value !== spec.placeholder;
    const problem = isSecret ? tooOpen(path, name, key, 0o077) : undefined;
    if (problem) layers.problems.push(problem);
    layers.settings.set(key, { value, origin, rank });
  }
}

/** undefined: not there, or not readable, which is a problem. */
function readText(path: string, name: string, problems: Problem[]): string | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) throw new Error('larger than 1 MB');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    problems.push({ message: `${name}: cannot be read: ${reasonOf(error)}` });
    return undefined;
  }
}

function addProcess(layers: Layers, env: NodeJS.ProcessEnv): void {
  for (const [key, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (isKnown(key)) {
      layers.settings.set(key, { value, origin: 'environment', rank: RANK.process });
    } else if (isOurs(key, 'environment')) {
      layers.problems.push(unknownKey(key, 'environment'));
    }
  }
}

/** The value is not repeated: it may be a secret under a misspelt name. */
function unknownKey(key: string, origin: string): Problem {
  const meant = suggestion(key);
  return {
    message: `${key}: nothing reads this key (${origin})`,
    hint: meant ? `Did you mean ${meant}?` : 'Remove it; `pmcp config docs` lists every key.',
  };
}

/** Refuses a file with a secret in it that others may read. `mask`: the bits that must be off. */
export function tooOpen(path: string, name: string, key: string, mask: number) {
  const mode = statSync(path).mode & 0o777;
  if ((mode & mask) === 0) return undefined;
  const octal = `0${mode.toString(8)}`;
  return {
    message: `${key}: ${name} holds it, and others may read that file (mode ${octal})`,
    hint: `Run: chmod 600 ${name}`,
  };
}
