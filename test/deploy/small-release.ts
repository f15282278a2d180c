import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root as checkout } from '../house/source.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { manifestOf } from './answers.ts';

/** A packed release that can be brought to a host and not run, of so many bytes that pack badly. */
export function smallRelease(id: string, bytes: number): string {
  const directory = temporaryDirectory();
  const revert = 'scripts/host/revert.sh';
  const contents = {
    [revert]: readFileSync(join(checkout, revert)),
    'dist/pmcp.cjs': Buffer.from(''),
    ballast: randomBytes(bytes),
  };
  const files = Object.entries(contents).map(([name, content]) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
    return [name, createHash('sha256').update(content).digest('hex')];
  });
  const manifest = { ...manifestOf(id), files: Object.fromEntries(files) };
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest, null, 1));
  const target = join(temporaryDirectory(), `${id}.tar.gz`);
  execFileSync('tar', ['-C', directory, '-I', 'gzip -1', '-cf', target, '.']);
  return target;
}
