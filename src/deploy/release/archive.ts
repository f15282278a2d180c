import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FailedError } from '../../errors.ts';
import { createLocalHost } from '../hosts/local.ts';
import { layoutOf } from '../layout.ts';
import type { ReleaseArchive } from '../plan/request.ts';
import { lastWords } from '../shell.ts';
import { MANIFEST, readManifest, verifyRelease } from './manifest-file.ts';
import { packRelease } from './pack.ts';

const REVERT_SCRIPT = 'scripts/host/revert.sh';
const LARGEST_BUNDLE_BYTES = 64_000_000;

/** The checkout or installed release that this very program is part of. */
function ownRoot(from = import.meta.dirname): string {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) && existsSync(join(at, 'bin', 'pmcp'))) return at;
  }
  throw new FailedError(`${from}: is part of no installation`, {
    hint: 'Run the pmcp of a checkout or of an installed release.',
  });
}

/** Packs this installation into a directory that exists. */
export async function packOwn(into: string, nowMs: number): Promise<ReleaseArchive> {
  const from = ownRoot();
  const { path } = await packRelease({ from, into, nowMs });
  return openArchive(path);
}

/**
 * Reads a packed release, and compares every file in it with its checksum: a damaged one is refused
 * before any host is touched. Throws FailedError.
 */
export async function openArchive(path: string): Promise<ReleaseArchive> {
  const local = createLocalHost();
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-release-'));
  const fail = (why: string) =>
    new FailedError(`${path}: ${why}`, { hint: 'Pack the release again.' });
  try {
    const unpacked = await local.run(['tar', '-xzf', path, '-C', directory]);
    if (unpacked.code !== 0) throw fail(`cannot be unpacked: ${lastWords(unpacked)}`);
    const manifest = readManifest(join(directory, MANIFEST));
    const check = verifyRelease(layoutOf('/'), manifest, directory);
    const verified = await local.run(check.argv, { input: check.input });
    if (verified.code !== 0) {
      throw fail(`is damaged: ${verified.stdout.trim().split('\n').slice(0, 5).join('; ')}`);
    }
    const text = readFileSync(join(directory, MANIFEST));
    return {
      manifest,
      manifestSha256: createHash('sha256').update(text).digest('hex'),
      path,
      bytes: statSync(path).size,
      unpackedBytes: sizeOf(directory),
      revertScript: readFileSync(join(directory, REVERT_SCRIPT), 'utf8'),
      bundle: bundleOf(directory),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without maps and the dashboard's page, which nobody is asked about. */
function bundleOf(directory: string): Uint8Array {
  const left = ['--exclude=*.map', '--exclude=dist/page'];
  const argv = ['-cf', '-', '-I', 'gzip -1', '-C', directory, ...left, 'dist'];
  return execFileSync('tar', argv, { maxBuffer: LARGEST_BUNDLE_BYTES, stdio: 'pipe' });
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
