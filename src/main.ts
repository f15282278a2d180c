import { commands } from '../commands/index.ts';
import { parseArgv } from './cli.ts';
import { createContext } from './create-context.ts';
import { InterruptedError } from './errors.ts';
import { VERSION } from './version.ts';

/**
 * argv to exit code. The only place that renders an outcome or a failure; what draws for people is
 * loaded when there is something to draw.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const wantsJson = argv.includes('--json');
  const verbose = argv.includes('--verbose');
  try {
    const invocation = await parseArgv(argv, commands, VERSION);
    if (!invocation) return 0;
    const context = createContext(invocation.flags);
    const outcome = await invocation.run(context);
    if (!outcome) return context.signal.aborted ? interruptedCode(context.signal) : 0;
    if (invocation.flags.json) {
      const { schema, version, data } = outcome;
      context.out.document({ schema, version, ...data });
    } else if (invocation.spec.render) {
      const { paintFor } = await import('./screen/paint.ts');
      context.out.line(invocation.spec.render(outcome, paintFor(process.stdout, invocation.flags)));
    }
    return outcome.exitCode ?? 0;
  } catch (error) {
    const { renderFailure } = await import('./screen/failure.ts');
    return renderFailure(error, { json: wantsJson, verbose });
  }
}

/** A long-running command that was asked to stop and did so cleanly has done what it was told. */
function interruptedCode(signal: AbortSignal): number {
  return signal.reason instanceof InterruptedError ? signal.reason.exitCode : 0;
}
