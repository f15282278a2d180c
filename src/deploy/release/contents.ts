import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedError } from '../../errors.ts';
import type { Manifest } from '../manifest.ts';
import { moduleFiles } from './modules.ts';

/** One file of a release, and where it is taken from. */
export interface ReleaseFile {
  path: string;
  /** Absolute. */
  from: string;
}

/** What a release takes from the tracked files: sources too, for the search and scan tools. */
const TRACKED = [
  'bin',
  'commands',
  'docs',
  'scripts',
  'src',
  'systemd',
  'package.json',
  '.env.example',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];
const LEFT_OUT = /^docs\/(?:images\/|.*\.svg$)/;

/** Every file that a release packed from a built checkout holds, but the manifest; sorted. */
export function checkoutFiles(root: string, arch: Manifest['arch']): ReleaseFile[] {
  refuseStale(root);
  const runtime = join(root, 'node_modules', `node-linux-${arch}`);
  if (!existsSync(join(runtime, 'bin', 'node'))) {
    throw new RefusedError(`${root}: no Node runtime for ${arch} is installed`, {
      hint: `Run npm ci there${arch === process.arch ? '' : `, with --cpu=${arch}`}.`,
    });
  }
  const own = [...trackedFiles(root), ...bundleFiles(root), ...moduleFiles(root, arch)];
  const files = own.map((path) => ({ path, from: join(root, path) }));
  files.push({ path: 'runtime/node', from: join(runtime, 'bin', 'node') });
  files.push({ path: 'runtime/LICENSE', from: join(runtime, 'LICENSE') });
  // What was verified where the tests are, for `pmcp verify` where they are not.
  const verified = join(root, 'verified.json');
  if (existsSync(verified)) files.push({ path: 'verified.json', from: verified });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Tracked only: a file that lies about, a key perhaps, never becomes part of a release. */
function trackedFiles(root: string): string[] {
  const args = ['-C', root, 'ls-files', '-z', '--', ...TRACKED];
  const listed = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 16_000_000 });
  return listed
    .split('\0')
    .filter((path) => path !== '' && !LEFT_OUT.test(path) && existsSync(join(root, path)));
}

/** The bundle without the chunks of former builds, which stay in `dist` for running programs. */
function bundleFiles(root: string): string[] {
  const found = new Set<string>();
  const collect = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, name] of text.matchAll(/require\("\.\/(?:chunks\/)?([\w.-]+\.cjs)"\)/g)) {
      collect(`dist/chunks/${name}`);
    }
  };
  collect('dist/pmcp.cjs');
  collect('dist/index.cjs');
  const maps = [...found].map((path) => `${path}.map`);
  const page = readdirSync(join(root, 'dist/page')).map((name) => `dist/page/${name}`);
  return [...found, ...maps.filter((path) => existsSync(join(root, path))), ...page];
}

/** What was not built from these sources would be deployed as if it had been. */
function refuseStale(root: string): void {
  const hint = 'Run npm run build there.';
  const stamp = join(root, 'dist/.built');
  if (!existsSync(stamp)) throw new RefusedError(`${root}: is not built`, { hint });
  const sources = ['src', 'commands', 'package.json', 'rolldown.config.ts'];
  const args = [...sources, '-newer', stamp, '-print', '-quit'];
  const newer = execFileSync('find', args, { cwd: root, encoding: 'utf8' }).trim();
  if (newer === '') return;
  throw new RefusedError(`${root}: ${newer} is newer than the bundle`, { hint });
}
