import type { Runner } from './runner.ts';
import { escapeRegex } from './vitest.ts';

export const nodeTest: Runner = {
  name: 'node-test',
  detect: ({ manifest }) =>
    Object.values(manifest.scripts ?? {}).some((script) => /\bnode\b.*\s--test\b/.test(script))
      ? 'a script of package.json runs node --test'
      : undefined,
  argv({ filter, files, coverage, junitPath }, { node }) {
    const argv = [
      node,
      '--test',
      '--test-concurrency=1',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
    ];
    argv.push('--test-reporter=junit', `--test-reporter-destination=${junitPath}`);
    if (filter !== undefined) argv.push(`--test-name-pattern=${escapeRegex(filter)}`);
    if (coverage)
      argv.push(
        '--experimental-test-coverage',
        '--test-reporter=lcov',
        '--test-reporter-destination=lcov.info',
      );
    return [...argv, ...files];
  },
  // node --test cannot list: a pattern that no name has runs nothing, but names every file.
  listArgv: ({ node }) => [node, '--test', '--test-reporter=tap', '--test-name-pattern=^(?!)$'],
  parseList: (stdout) => [...stdout.matchAll(/^# Subtest: (.+)$/gm)].map(([, name]) => name ?? ''),
  counts: (line) => (/^\s*[✔✖﹣]\s.*\([\d.]+ms\)/.test(line) ? 1 : 0),
};
