import type { Config } from '../config/schema.ts';
import type { Target } from '../core/validation.ts';
import type { TestSuite } from './tests.ts';

/** What a check may not do, or cannot do, everywhere. */
export type Need =
  /** The project's sources and its tests. */
  | 'sources'
  /** A bot and an mcp process that run. */
  | 'running'
  /** Units installed and systemd in charge. */
  | 'systemd'
  | Allowance;

/** What an operator allows by a flag; a self-started installation and staging allow more. */
export type Allowance =
  /** Ends the monitoring process. */
  | 'kill'
  /** Loads this host for minutes. */
  | 'load'
  /** Burns CPU within the limits of the mcp unit. */
  | 'hog'
  /** Rolls back for real. */
  | 'rollback';

/** What is verified, and what the checks share. */
export interface Site {
  target: Target;
  /** As the processes of the installation were started with. */
  config: Config;
  dataDir: string;
  socketPath: string;
  /** Of every program that a check runs. */
  env: NodeJS.ProcessEnv;
  /** This program: what to run before the subcommand. */
  self: { command: string; args: readonly string[] };
  /** Of the release or checkout that this program belongs to. */
  root: string;
  /** The package's main entry. */
  library: string;
  /** First of MCP_PROJECT_DIRS. */
  project: string;
  /** A release on a host; where it is installed. */
  installation: string;
  selfStarted: boolean;
  /**
   * Sees that the installation of its own runs, or that it is out of the way of what loads the host.
   * Does nothing to one that was there.
   */
  ensure(running: boolean): Promise<void>;
  quick: boolean;
  /** Real time over the plan’s, of every wait: 1, and less in tests. */
  pace: number;
  /** Where the kernel shows control groups. */
  cgroups: string;
  /** Empty at the start, removed at the end. */
  scratch: string;
  signal: AbortSignal;
  /** Why this cannot be done here; undefined: it can. */
  lacks(need: Need): string | undefined;
  progress(text: string): void;
  redact(text: string): string;
  /** Makes it once; later calls get the same. */
  once<Value>(key: string, make: () => Promise<Value>): Promise<Value>;
  /** Runs some of the project's own tests with its own runner. */
  runTests(suite: TestSuite): Promise<TestOutcome>;
}

export interface TestOutcome {
  runner: string;
  outcome: 'passed' | 'failed' | 'stopped' | 'broken';
  reason: string | undefined;
  passed: number;
  skipped: number;
  failures: string[];
  commit: string | null;
  tail: string;
}
