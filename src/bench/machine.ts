import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where and with what a figure was measured: a figure without it is worth nothing. */
export interface Machine {
  takenAt: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  pmcp: string;
  /** Of the sources, when they lie in a git checkout; `+` when they were changed. */
  commit: string | null;
  /** Load average of the last minute before the run: others at work spoil figures. */
  load: number;
}

export function readMachine(pmcp: string, sourceDirectory: string): Machine {
  return {
    takenAt: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    kernel: release(),
    node: process.version,
    pmcp,
    commit: commitOf(sourceDirectory),
    load: loadavg()[0] ?? 0,
  };
}

function commitOf(directory: string): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return null;
  }
}

export function machineWords(machine: Machine): string {
  const { cpu, cores, memoryGb, kernel, node, pmcp, commit, load, takenAt } = machine;
  const source = commit === null ? '' : ` (${commit})`;
  return (
    `${takenAt.slice(0, 16).replace('T', ' ')} UTC; ${cores} x ${cpu}, ${memoryGb} GB, ` +
    `Linux ${kernel}; Node ${node.slice(1)}, pmcp ${pmcp}${source}; ` +
    `load average before the run ${load.toFixed(2)}`
  );
}
