import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'rolldown';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** One character beyond Latin-1 makes V8 keep the whole file in two bytes each. */
const oneByteCharacters: Plugin = {
  name: 'one-byte-characters',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replaceAll(/[^\0-\xff]/g, escaped);
    }
  },
};

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// CommonJS, because it starts faster than ESM; dynamic imports stay chunks, so that a command loads
// only what it needs. Packages with native parts stay outside.
const bundle = (input: Record<string, string>) => ({
  input,
  platform: 'node' as const,
  external: ['secp256k1', 'keccak', 'oxc-parser', 'bufferutil', 'utf-8-validate'],
  transform: { define: { PMCP_VERSION: JSON.stringify(version) } },
  output: {
    // Another directory while scripts/build.sh builds beside the dist in use.
    dir: process.env['PMCP_DIST'] ?? 'dist',
    format: 'cjs' as const,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    sourcemap: true,
    // A running program keeps its source in memory: without the comments it is half as long.
    comments: { legal: true, annotation: false, jsdoc: false },
  },
  plugins: [oneByteCharacters],
});

// The dashboard's page, whole in one file: it loads nothing from elsewhere.
const page = {
  input: { app: 'src/observe/dashboard/main.ts' },
  platform: 'browser' as const,
  tsconfig: 'tsconfig.browser.json',
  output: {
    dir: `${process.env['PMCP_DIST'] ?? 'dist'}/page`,
    format: 'esm' as const,
    entryFileNames: '[name].js',
    minify: true,
    sourcemap: 'hidden' as const,
  },
};

// Apart, because what two entries share becomes a further chunk, and slows the command line.
export default defineConfig([
  bundle({ pmcp: 'src/pmcp.ts' }),
  bundle({ index: 'src/index.ts' }),
  page,
]);
