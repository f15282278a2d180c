import { RefusedError } from '../errors.ts';
import { choose } from './prompt.ts';

/** Throws RefusedError unless the operator says yes, or where he cannot be asked. */
export async function confirmProduction(
  release: string,
  hosts: readonly string[],
  mayAsk: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!mayAsk) {
    throw new RefusedError('production is changed without a question only with --yes', {
      hint: 'Look first with --dry-run, then add --yes.',
    });
  }
  const question = `Deploy ${release} to production on ${hosts.join(', ')}?`;
  if ((await choose(question, ['no', 'yes'], signal)) === 'yes') return;
  throw new RefusedError('not confirmed: nothing was changed');
}

/** Whether a release of which nothing can be told is left running. */
export async function keepsInconclusive(signal: AbortSignal): Promise<boolean> {
  const question = 'Nothing can be told of the new release. Roll back, or let it run?';
  return (await choose(question, ['rollback', 'hold'], signal)) === 'hold';
}
