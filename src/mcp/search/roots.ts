import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { ToolFailure } from '../definition.ts';

/** Names that hold secrets or state; never searched, never read, whatever git says. */
export const DENIED_GLOBS = [
  '.env',
  '.env.*',
  '*.key',
  '*.pem',
  '*.p12',
  '*.pfx',
  'id_rsa*',
  'id_ed25519*',
  '*.keystore',
  'credentials*',
  'secrets*',
  '*.db',
  '*.db-wal',
  '*.db-shm',
  '*.sqlite',
  '*.sqlite3',
  'node_modules',
] as const;

export interface Roots {
  /** Real absolute paths; the first is what relative paths are resolved against. */
  directories: readonly string[];
  /** The real path of what a client named; a ToolFailure when it lies outside or holds secrets. */
  resolve(path: string): Promise<string>;
  /** As shown to clients: relative to its root. */
  show(path: string): string;
}

export async function createRoots(configured: readonly string[]): Promise<Roots> {
  const directories = await Promise.all(
    configured.map((directory) => realpath(resolve(directory))),
  );
  const base = directories[0] ?? process.cwd();
  const inside = (path: string) =>
    directories.some((root) => path === root || path.startsWith(root + sep));
  return {
    directories,
    show: (path) => {
      const root = directories.find(
        (candidate) => path === candidate || path.startsWith(candidate + sep),
      );
      return root === undefined || root !== base ? path : relative(root, path) || '.';
    },
    async resolve(path) {
      if (path.includes('\0')) throw outside(path);
      const wanted = isAbsolute(path) ? resolve(path) : resolve(base, path);
      // Symbolic links are followed first: what counts is where they lead.
      const real = await realpath(wanted).catch(() => undefined);
      if (real === undefined) {
        if (!inside(wanted)) throw outside(path);
        throw new ToolFailure(
          'not_found',
          `${path}: no such file or directory`,
          'Find it with search_code or find_symbol.',
        );
      }
      if (!inside(real)) throw outside(path);
      if (relative(base, real).split(sep).some(isDenied) || isDenied(basename(real))) {
        throw new ToolFailure(
          'denied',
          `${path}: files of this name may hold secrets and are never shown`,
          'Ask the operator instead.',
        );
      }
      return real;
    },
  };
}

function outside(path: string): ToolFailure {
  return new ToolFailure(
    'outside',
    `${JSON.stringify(path)} lies outside the allowed directories`,
    'Use a path relative to the project.',
  );
}

const DENIED = DENIED_GLOBS.map(
  (glob) => new RegExp(`^${glob.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`, 'i'),
);

function isDenied(name: string): boolean {
  if (name === '.env.example' || name === '.env.staging') return false;
  return DENIED.some((pattern) => pattern.test(name));
}
