import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out.
 *
 * npm writes an optional package into the lockfile only when the registry in use carries it, and a
 * mirror may hold those of one platform alone; `npm ci` then refuses the lockfile as incomplete, on
 * every machine. An added entry has the version that its parent asks for exactly, and its platform,
 * by which every other machine passes it over. It has no checksum: on its own platform npm installs
 * it by version. Run it after a package was added: `npm run lock`.
 */
interface Entry {
  version?: string;
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

export interface Lock {
  packages: Record<string, Entry>;
}

interface Missing {
  parent: string;
  name: string;
  version: string;
}

/** Optional packages that a package asks for by exact version and the lockfile does not hold. */
export function missingPackages(lock: Lock): Missing[] {
  return Object.entries(lock.packages).flatMap(([parent, entry]) =>
    Object.entries(entry.optionalDependencies ?? {}).flatMap(([name, version]) =>
      /^\d/.test(version) && installedFor(lock, parent, name)?.version !== version
        ? [{ parent, name, version }]
        : [],
    ),
  );
}

/** What `parent` gets when it asks for `name`: its own copy, or the nearest above it. */
function installedFor(lock: Lock, parent: string, name: string): Entry | undefined {
  for (
    let folder = parent;
    ;
    folder = folder.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')
  ) {
    const found = lock.packages[`${folder ? `${folder}/` : ''}node_modules/${name}`];
    if (found || folder === '') return found;
  }
}

export function complete(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const { parent, name, version } of missingPackages(lock)) {
    const beside = `${parent.slice(0, parent.lastIndexOf('node_modules/'))}node_modules/${name}`;
    const place = packages[beside] ? `${parent}/node_modules/${name}` : beside;
    const dev = packages[parent]?.dev ? { dev: true } : {};
    packages[place] = { version, ...dev, optional: true, ...platformOf(name) };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** `@x/binding-linux-arm64-musl` says for which machines it is. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  if (os.length + cpu.length === 0) throw new Error(`${name}: cannot tell its platform`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  return { ...(os.length && { os }), ...(cpu.length && { cpu }), ...(libc.length && { libc }) };
}

if (import.meta.main) {
  const lock: Lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  writeFileSync('package-lock.json', `${JSON.stringify(complete(lock), null, 2)}\n`);
}
