/** Loads a configuration out of files written for one test. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Loaded, loadWithOrigins } from '../../src/config/load.ts';
import { ConfigError, type Problem } from '../../src/errors.ts';

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

export interface Scene {
  /** Name to content; mode 0600. */
  files?: Record<string, string>;
  modes?: Record<string, number>;
  env?: Record<string, string>;
  flags?: { env?: string; dataDir?: string };
}

export function sceneDirectory({ files = {}, modes = {} }: Scene): string {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-config-'));
  directories.push(directory);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  }
  for (const [name, mode] of Object.entries(modes)) chmodSync(join(directory, name), mode);
  return directory;
}

export function load(scene: Scene): Loaded {
  const { flags = {}, env = {} } = scene;
  return loadWithOrigins({ flags, env, directory: sceneDirectory(scene) });
}

/** The problems of a scene that must not load. */
export function problemsOf(scene: Scene): readonly Problem[] {
  try {
    load(scene);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('this configuration loads');
}

/** The only problem, as a person reads it. */
export function problemOf(scene: Scene): string {
  const problems = problemsOf(scene);
  if (problems.length !== 1) throw new Error(JSON.stringify(problems, null, 2));
  return `${problems[0]?.message} | ${problems[0]?.hint}`;
}
