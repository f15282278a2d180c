/** Secrets out of files: `<KEY>_FILE`, or a systemd credential of the key's name. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Problem, reasonOf } from '../errors.ts';
import { type LayerInput, type Setting, type Settings, tooOpen } from './layers.ts';
import { fileKeyOf } from './names.ts';
import { type Key, keys } from './schema.ts';

const MAX_SECRET_BYTES = 65_536;

/** Puts each secret that is kept in a file among the settings, under its own key. */
export function readSecretFiles(
  settings: Settings,
  { env, directory }: LayerInput,
  problems: Problem[],
): void {
  for (const key of keys) {
    const fileKey = fileKeyOf(key);
    if (fileKey === undefined) continue;
    const direct = given(settings, key);
    const named = given(settings, fileKey);
    if (named && direct && named.rank === direct.rank) {
      const message = `${key}: given twice, as ${key} (${direct.origin}) and as ${fileKey}`;
      problems.push({ message: `${message} (${named.origin})`, hint: 'Keep one of them.' });
    } else if (named && named.rank > (direct?.rank ?? 0)) {
      const path = resolve(directory, named.value);
      const origin = `${fileKey}=${named.value} (${named.origin})`;
      add(settings, key, path, { ...named, origin }, 0o077, problems);
    } else if (!direct) {
      const path = join(env['CREDENTIALS_DIRECTORY'] ?? '', key);
      // systemd guards these files by an ACL, whose mask shows as group bits: 0440 is normal.
      if (env['CREDENTIALS_DIRECTORY'] && existsSync(path)) {
        const origin = `systemd credential ${key}`;
        add(settings, key, path, { value: '', origin, rank: 0 }, 0o007, problems);
      }
    }
  }
}

/** An empty value is none: `PRIVATE_KEY=` in a template. */
function given(settings: Settings, name: string): Setting | undefined {
  const setting = settings.get(name);
  return setting?.value === '' ? undefined : setting;
}

function add(
  settings: Settings,
  key: Key,
  path: string,
  source: Setting,
  mask: number,
  problems: Problem[],
): void {
  try {
    const problem = tooOpen(path, path, key, mask);
    if (problem) problems.push(problem);
    const value = readSmall(path).trim();
    if (value === '') problems.push({ message: `${key}: ${path} is empty` });
    settings.set(key, { ...source, value });
  } catch (error) {
    const message = `${key}: ${source.origin} cannot be read: ${reasonOf(error)}`;
    problems.push({
      message,
      hint: 'It must be a file that this user, and nobody else, may read.',
    });
  }
}

/** Bounded, for a name may lead to a device that never ends. */
function readSmall(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_SECRET_BYTES + 1);
    const length = readSync(file, buffer, 0, buffer.length, null);
    if (length > MAX_SECRET_BYTES) throw new Error('larger than 64 KB');
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
