import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../journeys/run.ts';

export interface Variant {
  /** Of the release; sorts by time. */
  id: string;
  /** Text by path, in place of what the release has there, or new. */
  files?: Readonly<Record<string, string>>;
  /** Bytes that do not fit the manifest. */
  damaged?: boolean;
}

/** Another release with the same code, or a spoiled one: an archive whose manifest fits, or not. */
export function variantOf(archive: string, { id, files = {}, damaged }: Variant): string {
  const directory = temporaryDirectory();
  execFileSync('tar', ['-xzf', archive, '-C', directory]);
  const path = join(directory, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.id = id;
  for (const [name, text] of Object.entries(files)) {
    rmSync(join(directory, name), { force: true });
    writeFileSync(join(directory, name), text, { mode: 0o755 });
    manifest.files[name] = createHash('sha256').update(text).digest('hex');
  }
  rmSync(path);
  writeFileSync(path, JSON.stringify(manifest, null, 1), { mode: 0o444 });
  if (damaged) {
    rmSync(join(directory, 'bin/pmcp'));
    writeFileSync(join(directory, 'bin/pmcp'), '#!/bin/sh\n', { mode: 0o755 });
  }
  const target = join(temporaryDirectory(), `${id}.tar.gz`);
  execFileSync('tar', ['-C', directory, '-I', 'gzip -1', '-cf', target, '.']);
  rmSync(directory, { recursive: true });
  return target;
}

/** The launcher of a release whose mcp service begins otherwise; the rest is as it was. */
export function launcher(archive: string, mcp: string): string {
  const text = execFileSync('tar', ['-xzOf', archive, 'bin/pmcp'], { encoding: 'utf8' });
  return text.replace(
    '# Monitoring is small',
    `[ "\${1:-}" != mcp ] || {\n${mcp}\n}\n# Monitoring is small`,
  );
}
