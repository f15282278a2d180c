import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { FailedError, RefusedError } from '../../errors.ts';
import { SCHEMAS } from '../../state/schemas.ts';
import type { Manifest } from '../manifest.ts';
import { checkoutFiles, type ReleaseFile } from './contents.ts';
import { MANIFEST, readManifest } from './manifest-file.ts';
import { padding, TAR_END, tarHeader } from './tar.ts';

export interface PackRequest {
  /** A built checkout, or an installed release, which is packed as what it is. */
  from: string;
  /** Existing directory for the archive. */
  into: string;
  nowMs: number;
  /** Default: this machine's. */
  arch?: Manifest['arch'];
}

export interface Packed {
  /** `<into>/<id>.tar.gz`; its members have paths relative to the release. */
  path: string;
  manifest: Manifest;
  /** Of the archive. */
  bytes: number;
  /** sha256 of the archive. */
  sha256: string;
  /** Of the files when they are unpacked. */
  unpackedBytes: number;
}

/** Three quarters are a binary that packs badly: the quickest level costs a tenth in size. */
const GZIP_LEVEL = 1;

/**
 * Packs a release: everything that it needs on a host, its Node runtime included. The same content
 * and moment give the same bytes, also when it is packed again from where it was installed.
 * Throws RefusedError when `from` cannot be packed, FailedError when an installed release is damaged.
 */
export async function packRelease(request: PackRequest): Promise<Packed> {
  const installed = existsSync(join(request.from, MANIFEST));
  const { manifest, files } = installed ? fromRelease(request.from) : fromCheckout(request);
  const path = join(request.into, `${manifest.id}.tar.gz`);
  const temporary = `${path}.${process.pid}`;
  const archive = createHash('sha256');
  const members = archiveMembers(manifest, files, installed);
  try {
    await pipeline(
      Readable.from(members),
      createGzip({ level: GZIP_LEVEL }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          archive.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(temporary, { mode: 0o600 }),
    );
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const unpackedBytes = files.reduce((sum, { from }) => sum + statSync(from).size, 0);
  const { size: bytes } = statSync(path);
  return { path, manifest, bytes, sha256: archive.digest('hex'), unpackedBytes };
}

function fromRelease(root: string) {
  const manifest = readManifest(join(root, MANIFEST));
  const files = Object.keys(manifest.files).map((path) => ({ path, from: join(root, path) }));
  return { manifest, files };
}

function fromCheckout({ from, nowMs, arch = ownArch() }: PackRequest) {
  const git = (...args: string[]) => {
    try {
      const argv = ['-C', from, ...args];
      return execFileSync('git', argv, { encoding: 'utf8', stdio: 'pipe' }).trim();
    } catch (error) {
      throw new RefusedError(`${from}: is neither a release nor a git checkout`, {
        hint: 'Run it in a clone of the project, or from an installed release.',
        cause: error,
      });
    }
  };
  const commit = git('rev-parse', 'HEAD');
  const dirty = git('status', '--porcelain', '--untracked-files=no') !== '';
  const files = checkoutFiles(from, arch);
  const builtAt = new Date(Math.floor(nowMs / 1000) * 1000).toISOString();
  const stamp = builtAt.replace(/[-:]|\.\d+/g, '');
  const { version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  const manifest: Manifest = {
    schema: 'pmcp.release',
    version: 1,
    id: `${stamp}-${commit.slice(0, 7)}`,
    pmcpVersion: version,
    commit,
    dirty,
    builtAt,
    nodeVersion: runtimeVersion(from, arch),
    arch,
    schemas: { ...SCHEMAS },
    files: {},
  };
  return { manifest, files };
}

function runtimeVersion(from: string, arch: Manifest['arch']): string {
  const path = join(from, 'node_modules', `node-linux-${arch}`, 'package.json');
  return JSON.parse(readFileSync(path, 'utf8')).version;
}

function ownArch(): Manifest['arch'] {
  return process.arch === 'arm64' ? 'arm64' : 'x64';
}

/** The manifest comes last: its checksums are known only when everything has been read. */
function* archiveMembers(
  manifest: Manifest,
  files: readonly ReleaseFile[],
  installed: boolean,
): Generator<Uint8Array> {
  const mtime = Date.parse(manifest.builtAt) / 1000;
  for (const path of directoriesOf(files)) yield tarHeader({ path, mode: 0o755 }, mtime);
  for (const { path, from } of files) {
    const content = readFileSync(from);
    const sum = createHash('sha256').update(content).digest('hex');
    if (installed && manifest.files[path] !== sum) {
      throw new FailedError(`${from}: is not the file that was deployed`, {
        hint: 'The release was changed where it lies: deploy from a checkout instead.',
      });
    }
    manifest.files[path] = sum;
    const mode = (statSync(from).mode & 0o100) === 0 ? 0o444 : 0o555;
    yield tarHeader({ path, mode, content }, mtime);
    yield content;
    yield padding(content.length);
  }
  const content = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  yield tarHeader({ path: MANIFEST, mode: 0o444, content }, mtime);
  yield content;
  yield padding(content.length);
  yield TAR_END;
}

function directoriesOf(files: readonly ReleaseFile[]): string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    for (let at = posix.dirname(path); at !== '.'; at = posix.dirname(at)) found.add(at);
  }
  return [...found].sort();
}
