import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { TAR_END } from '../../src/deploy/release/tar.ts';
import { temporaryDirectory } from '../journeys/run.ts';

export interface Variant {
  /** Of the release; sorts by time. */
  id: string;
  /** Text by path, in place of what the release has there, or new. */
  files?: Readonly<Record<string, string>>;
  /** Bytes that do not fit the manifest. */
  damaged?: boolean;
}

/**
 * Another release with the same code, or a spoiled one: an archive whose manifest fits, or not. What
 * differs is packed alone and follows the rest, where it replaces the file of the same name.
 */
export function variantOf(archive: string, { id, files = {}, damaged }: Variant): string {
  const manifest = JSON.parse(memberOf(archive, 'manifest.json'));
  manifest.id = id;
  for (const [name, text] of Object.entries(files)) {
    manifest.files[name] = createHash('sha256').update(text).digest('hex');
  }
  const directory = temporaryDirectory();
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, { mode: 0o755 });
  };
  const all = { 'manifest.json': JSON.stringify(manifest, null, 1), ...files };
  for (const [name, text] of Object.entries(all)) put(name, text);
  const names = Object.keys(all);
  if (damaged) put('bin/pmcp', '#!/bin/sh\n');
  if (damaged) names.push('bin/pmcp');
  const different = execFileSync('tar', ['-cf', '-', '-C', directory, ...names]);
  const target = join(temporaryDirectory(), `${id}.tar.gz`);
  writeFileSync(target, Buffer.concat([withoutEnd(archive), gzipSync(different)]));
  return target;
}

const bases = new Map<string, Buffer>();

/** An archive to which more can be added; packed once, for three quarters of it pack slowly. */
function withoutEnd(archive: string): Buffer {
  const known = bases.get(archive);
  if (known) return known;
  const plain = gunzipSync(readFileSync(archive));
  const base = gzipSync(plain.subarray(0, plain.length - TAR_END.length), { level: 1 });
  bases.set(archive, base);
  return base;
}

function memberOf(archive: string, name: string): string {
  const options = { encoding: 'utf8', maxBuffer: 64_000_000 } as const;
  return execFileSync('tar', ['-xzOf', archive, name], options);
}

/** The launcher of a release whose mcp service begins otherwise; the rest is as it was. */
export function launcher(archive: string, mcp: string): string {
  const text = memberOf(archive, 'bin/pmcp');
  const changed = text.replace(/^exec /m, `[ "\${1:-}" != mcp ] || {\n${mcp}\n}\nexec `);
  if (changed === text) throw new Error('bin/pmcp has no line that begins with exec');
  return changed;
}
