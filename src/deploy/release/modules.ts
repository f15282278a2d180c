import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RefusedError } from '../../errors.ts';
import type { Manifest } from '../manifest.ts';

/** Packages that the bundle leaves outside: those with native parts, and programs. */
const OUTSIDE = ['secp256k1', 'keccak', 'oxc-parser'];

/** What runs there; the rest of a package is for building it or for reading about it. */
const RUNS = /(?:\.(?:c?js|mjs|json|node)|\/rg|\/LICENSE(?:\.\w+)?)$/;

/**
 * Files of the production packages for one architecture, relative to `root`: whatever the bundle
 * cannot hold, and what that needs in turn.
 */
export function moduleFiles(root: string, arch: Manifest['arch']): string[] {
  const wanted = [
    ...OUTSIDE,
    `@vscode/ripgrep-linux-${arch}`,
    `@oxc-parser/binding-linux-${arch}-gnu`,
  ];
  const found = new Set<string>();
  for (const name of wanted) {
    if (!existsSync(join(root, 'node_modules', name))) {
      throw new RefusedError(`${root}: the package ${name} is not installed`, {
        hint: 'Run npm ci there; for another architecture, with --cpu=x64 or --cpu=arm64.',
      });
    }
    collect(root, join('node_modules', name), found);
  }
  return [...found].flatMap((directory) => filesOf(root, directory, arch));
}

/** Adds a package and, as Node would find them from there, its dependencies. */
function collect(root: string, directory: string, found: Set<string>): void {
  if (found.has(directory)) return;
  found.add(directory);
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(root, directory, 'package.json'), 'utf8'),
  ) as { dependencies?: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    const place = nearest(root, directory, name);
    if (place !== undefined) collect(root, place, found);
  }
}

function nearest(root: string, from: string, name: string): string | undefined {
  for (let at = from; at !== '.'; at = dirname(at)) {
    const place = join(at, 'node_modules', name);
    if (existsSync(join(root, place))) return place;
  }
  const top = join('node_modules', name);
  return existsSync(join(root, top)) ? top : undefined;
}

function filesOf(root: string, directory: string, arch: Manifest['arch']): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isFile()) return RUNS.test(path) ? [path] : [];
    // Packages inside have been collected by their own name, when they are needed.
    if (!entry.isDirectory() || entry.name === 'node_modules') return [];
    const foreign = path.includes('/prebuilds/') && !path.includes(`/prebuilds/linux-${arch}`);
    return foreign ? [] : filesOf(root, path, arch);
  });
}
