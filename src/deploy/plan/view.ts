import { commandLine } from '../hosts/quote.ts';
import type { Prepared } from '../prepare.ts';
import type { Step } from '../step.ts';

/** A plan as it is shown: the very words that would be run, and what is in the way. */
export function planView({ plan, problems }: Prepared) {
  return { ...plan, steps: plan.steps.map(stepView), problems };
}

function stepView(step: Step) {
  const { id, title, reason, argv, input, upload, undo, timeoutMs } = step;
  const long = argv.map((word) => (word.includes('\n') ? '(script)' : word));
  const command = upload ? `(upload) ${upload.from} ${upload.to}` : commandLine(argv);
  return {
    id,
    title,
    reason,
    argv,
    timeoutMs,
    command,
    shortCommand: upload ? command : commandLine(long),
    ...(input === undefined ? {} : { input }),
    ...(upload === undefined ? {} : { upload }),
    ...(undo === undefined ? {} : { undo: commandLine(undo) }),
  };
}
