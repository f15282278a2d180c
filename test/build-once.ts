import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Journeys run the bundle: build it before the first of them, when a source is newer. */
export default function buildOnce(): void {
  const root = resolve(import.meta.dirname, '..');
  execFileSync('sh', ['scripts/build.sh', '--if-stale'], { cwd: root, stdio: 'inherit' });
}
