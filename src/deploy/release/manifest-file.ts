import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { FailedError, reasonOf } from '../../errors.ts';
import type { Layout } from '../layout.ts';
import type { Manifest } from '../manifest.ts';

export const MANIFEST = 'manifest.json';

const SHA256 = /^[0-9a-f]{64}$/;
const SAFE_PATH = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[\x20-\x7e]+$/;

/** Throws FailedError when the text is no manifest, or one of a kind that this code cannot read. */
export function parseManifest(text: string, where: string): Manifest {
  const wrong = (what: string) =>
    new FailedError(`${where}: ${what}`, {
      hint: 'The release is damaged or of another kind: pack and deploy it again.',
    });
  let value: Manifest;
  try {
    value = JSON.parse(text) as Manifest;
  } catch (error) {
    throw wrong(`is not JSON (${reasonOf(error)})`);
  }
  if (value?.schema !== 'pmcp.release' || value.version !== 1)
    throw wrong('is no release manifest');
  if (!/^\d{8}T\d{6}Z-[0-9a-f]{7,40}$/.test(value.id))
    throw wrong(`id ${JSON.stringify(value.id)}`);
  for (const name of ['journal', 'monitor', 'breaker'] as const) {
    if (!Number.isSafeInteger(value.schemas?.[name])) throw wrong(`no schema version of ${name}`);
  }
  const entries = Object.entries(value.files ?? {});
  if (entries.length === 0) throw wrong('names no files');
  for (const [path, sum] of entries) {
    if (!SAFE_PATH.test(path) || !SHA256.test(sum)) throw wrong(`file ${JSON.stringify(path)}`);
  }
  return value;
}

/** Throws FailedError when there is none, or none that can be read. */
export function readManifest(path: string): Manifest {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FailedError(`${path}: cannot be read: ${reasonOf(error)}`, {
      hint: 'This is no release. Pack and deploy it again.',
      cause: error,
    });
  }
  return parseManifest(text, path);
}

/** What `sha256sum --check --strict` reads: every file of the release but the manifest itself. */
function checksumFile(manifest: Manifest): string {
  const lines = Object.entries(manifest.files).map(([path, sum]) => `${sum}  ${path}\n`);
  return lines.join('');
}

/**
 * Checks every file of a release that lies on a host; needs nothing there but coreutils. Exit code
 * 0: whole. Otherwise its output names each file that is missing or was changed.
 */
export function verifyRelease(
  layout: Layout,
  manifest: Manifest,
  directory = layout.release(manifest.id),
): { argv: readonly string[]; input: string } {
  const script = 'cd -- "$1" && exec sha256sum --check --strict --quiet -';
  return {
    argv: ['sh', '-c', script, 'verify', posix.normalize(directory)],
    input: checksumFile(manifest),
  };
}
