import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

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
  },
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
