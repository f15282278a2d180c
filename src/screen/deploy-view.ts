import type { Paint } from '../command.ts';
import { type PlanView, planLines } from './plan-view.ts';
import { type TaskReport, taskWords } from './tasks.ts';

/** What a deploy did, or would do; plain data. */
export interface DeploymentView {
  target: string;
  dryRun: boolean;
  release: string;
  plans: readonly PlanView[];
  results: readonly {
    host: string;
    from: string | undefined;
    outcome: string;
    why?: string;
    durationMs: number;
  }[];
  mend: string | null;
}

const WORDS: Record<string, string> = {
  deployed: 'deployed',
  held: 'runs, and nothing says yet that it is good',
  'rolled-back': 'failed, and was taken back',
  'rollback-failed': 'FAILED, AND COULD NOT BE TAKEN BACK: look now',
  lost: 'is out of reach',
  refused: 'was refused; nothing was changed',
};

export function deploymentLines(
  deployment: DeploymentView,
  paint: Paint,
  verbose: boolean,
): string[] {
  const { target, dryRun, release, plans, results, mend } = deployment;
  const drawn = plans.flatMap((plan) => [...planLines(plan, paint, verbose), '']);
  if (dryRun) return [...drawn, `DRY RUN of ${release} to ${target}: nothing was changed.`];
  const done = results.flatMap(({ host, from, outcome, why, durationMs }) => {
    const colour =
      outcome === 'deployed' ? paint.good : outcome === 'held' ? paint.warn : paint.bad;
    const seconds = (durationMs / 1000).toFixed(1);
    const line = `${host}: ${from ?? 'nothing'} -> ${release} ${colour(WORDS[outcome] ?? outcome)}`;
    return [`${line} (${seconds} s)`, ...(why === undefined ? [] : [`  ${why}`])];
  });
  return [...done, ...(mend === null ? [] : [`The rest, when it is mended: ${mend}`])];
}

/** A line for each step that has ended, and for what is said meanwhile. */
export function progressLines(note: (line: string) => void, paint: Paint) {
  return {
    onStep: () => {},
    onEnd: (name: string, result: TaskReport['result'], detail: string, durationMs: number) =>
      note(taskWords({ name, result, detail, durationMs }, paint)),
    onNote: (words: string) => note(paint.dim(words)),
  };
}
