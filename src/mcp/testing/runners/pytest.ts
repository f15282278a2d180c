import { join } from 'node:path';
import type { Runner } from './runner.ts';

/** The project's own interpreter where it has one. */
function python({ root, names }: { root: string; names: ReadonlySet<string> }): string {
  const environment = ['.venv', 'venv'].find((name) => names.has(name));
  return environment === undefined ? 'python3' : join(root, environment, 'bin', 'python');
}

export const pytest: Runner = {
  name: 'pytest',
  detect({ names, pythonConfig }) {
    const config = ['pytest.ini', 'conftest.py'].find((name) => names.has(name));
    if (config) return `${config} exists`;
    if (/\[tool\.pytest|\[tool:pytest\]|\[pytest\]/.test(pythonConfig))
      return 'pytest is configured';
    return names.has('tests') &&
      ['requirements.txt', 'pyproject.toml', 'setup.py'].some((name) => names.has(name))
      ? 'a Python project with tests/'
      : undefined;
  },
  argv({ filter, files, coverage, junitPath }, project) {
    const argv = [
      python(project),
      '-m',
      'pytest',
      '-v',
      '--color=no',
      '-p',
      'no:cacheprovider',
      `--junitxml=${junitPath}`,
    ];
    if (filter !== undefined) argv.push('-k', filter);
    if (coverage) argv.push('--cov=.', '--cov-branch', '--cov-report=json');
    return [...argv, '--', ...files];
  },
  listArgv: (project) => [
    python(project),
    '-m',
    'pytest',
    '--collect-only',
    '-q',
    '--color=no',
    '-p',
    'no:cacheprovider',
  ],
  parseList: (stdout) => stdout.split('\n').filter((line) => line.includes('::')),
  counts: (line) => (/\s(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/.test(line) ? 1 : 0),
};
