/** A test runner as data: how to tell it is used, what to start, what it says while running. */
export interface Runner {
  name: 'vitest' | 'pytest' | 'node-test';
  /** Why this project uses it; undefined: it does not. */
  detect(project: Project): string | undefined;
  argv(request: RunRequest, project: Project): string[];
  /** Argv that lists tests without running them. */
  listArgv(project: Project): string[];
  /** Test ids in the output of listArgv. */
  parseList(stdout: string): string[];
  /** How many tests ended in this line of output: 0 or 1. */
  counts(line: string): number;
}

export interface Project {
  root: string;
  /** Names in the root directory. */
  names: ReadonlySet<string>;
  /** package.json, parsed; empty when there is none. */
  manifest: {
    scripts?: Record<string, string>;
    devDependencies?: Record<string, string>;
    dependencies?: Record<string, string>;
  };
  /** First lines of pyproject.toml, setup.cfg, tox.ini, pytest.ini together. */
  pythonConfig: string;
  /** Node binary that runs JavaScript tests. */
  node: string;
}

export interface RunRequest {
  /** Part of a test's name. */
  filter: string | undefined;
  /** Relative to the root, already checked to lie inside it. */
  files: readonly string[];
  coverage: boolean;
  /** Where the JUnit XML is to be written. */
  junitPath: string;
}
