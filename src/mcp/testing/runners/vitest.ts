import { join } from 'node:path';
import type { Runner } from './runner.ts';

const bin = (root: string) => join(root, 'node_modules', 'vitest', 'vitest.mjs');

export const vitest: Runner = {
  name: 'vitest',
  detect({ names, manifest }) {
    const config = [...names].find((name) => /^vitest\.(config|workspace)\.[cm]?[jt]s$/.test(name));
    if (config) return `${config} exists`;
    return manifest.devDependencies?.['vitest'] || manifest.dependencies?.['vitest']
      ? 'package.json depends on vitest'
      : undefined;
  },
  argv({ filter, files, coverage, junitPath }, { root, node }) {
    const argv = [
      node,
      bin(root),
      'run',
      '--reporter=verbose',
      '--reporter=junit',
      `--outputFile.junit=${junitPath}`,
      '--maxWorkers=1',
      '--no-color',
    ];
    if (filter !== undefined) argv.push(`--testNamePattern=${escapeRegex(filter)}`);
    if (coverage)
      argv.push('--coverage.enabled=true', '--coverage.reporter=json', '--coverage.reporter=lcov');
    return [...argv, ...files];
  },
  listArgv: ({ root, node }) => [node, bin(root), 'list', '--no-color'],
  parseList: (stdout) => stdout.split('\n').filter((line) => line.includes(' > ')),
  counts: (line) => (/^\s*[✓×↓]\s/.test(line) ? 1 : 0),
};

export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
