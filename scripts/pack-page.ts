/**
 * Completes the dashboard's page in a build: puts its document and styles beside the script, and
 * packs each file once, so that the server only ever sends what is ready.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const source = resolve(import.meta.dirname, '../src/observe/dashboard');
const target = resolve(process.argv[2] ?? 'dist/page');

const chartStyles = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css');
const read = (path: string) => readFileSync(path, 'utf8');
const page: Record<string, string> = {
  'index.html': read(join(source, 'index.html')),
  'icon.svg': read(join(source, 'icon.svg')),
  'style.css': `${read(chartStyles)}\n${read(join(source, 'style.css'))}`,
  'app.js': read(join(target, 'app.js')),
};
for (const [name, text] of Object.entries(page)) {
  writeFileSync(join(target, name), text);
  writeFileSync(join(target, `${name}.br`), brotliCompressSync(text));
  writeFileSync(join(target, `${name}.gz`), gzipSync(text, { level: 9 }));
}
