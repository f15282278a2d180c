import type { Paint } from '../command.ts';

/** A deploy plan as it is drawn; plain data. */
export interface PlanView {
  host: string;
  release: string;
  from: string | undefined;
  steps: readonly StepView[];
  files: readonly { path: string; change: string; diff?: string }[];
  downtime: readonly { service: string; expectedSeconds: number }[];
  diskBytesNeeded: number;
  notes: readonly string[];
  problems: readonly { message: string; hint?: string }[];
}

interface StepView {
  title: string;
  reason: string;
  /** As a shell would take it, and the same without what takes more than a line. */
  command: string;
  shortCommand: string;
  undo?: string;
}

/** Everything that will happen on one host, in its order. */
export function planLines(plan: PlanView, paint: Paint, verbose: boolean): string[] {
  const { host, release, from, steps, files, downtime, diskBytesNeeded, notes, problems } = plan;
  return [
    paint.strong(`${host}: ${from ?? 'nothing'} -> ${release}`),
    '',
    'Files',
    ...files.flatMap(({ path, change, diff }) => [
      `  ${change.padEnd(8)} ${path}`,
      ...(diff ? diffLines(diff, paint) : []),
    ]),
    '',
    'Steps',
    ...steps.flatMap((step, index) => stepLines(step, index + 1, paint, verbose)),
    '',
    'Expected downtime',
    ...downtime.map(
      ({ service, expectedSeconds }) => `  ${service.padEnd(24)} ${expectedSeconds} s`,
    ),
    `Disk needed: ${Math.ceil(diskBytesNeeded / 1_000_000)} MB`,
    ...notes.map((note) => paint.warn(`Note: ${note}`)),
    ...problems.flatMap(({ message, hint }) => [
      paint.bad(`Would be refused: ${message}`),
      ...(hint === undefined ? [] : [`  ${hint}`]),
    ]),
  ];
}

function stepLines(step: StepView, number: number, paint: Paint, verbose: boolean): string[] {
  const { title, reason, command, shortCommand, undo } = step;
  const indented = (text: string) => text.split('\n').map((line) => `       ${line}`);
  return [
    `  ${String(number).padStart(2)}. ${title}`,
    paint.dim(`      why: ${reason}`),
    ...indented(verbose ? `$ ${command}` : paint.dim(`$ ${shortCommand}`)),
    ...(verbose && undo !== undefined ? indented(`undo: ${undo}`) : []),
  ];
}

function diffLines(diff: string, paint: Paint): string[] {
  return diff.split('\n').map((line) => {
    const colour = line.startsWith('+') ? paint.good : line.startsWith('-') ? paint.bad : paint.dim;
    return `    ${colour(line)}`;
  });
}
