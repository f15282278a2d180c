import { UsageError } from '../../errors.ts';

/** What a line on the control socket held besides its verb. */
export type Args = Readonly<Record<string, unknown>>;

/** Control characters are refused: these words end up on terminals, in the chat and in logs. */
export function text(args: Args, key: string, limit: number): string {
  const value = args[key];
  const fits = typeof value === 'string' && value.trim() !== '' && value.length <= limit;
  if (fits && !/\p{Cc}/u.test(value)) return value;
  throw new UsageError(`${key}: must be a text of 1 to ${limit} characters`);
}

export function whole(args: Args, key: string, least: number, most: number): number {
  const value = args[key];
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) {
    return Number(value);
  }
  throw new UsageError(`${key}: must be a whole number from ${least} to ${most}`);
}

export function oneOf<Choice extends string>(
  args: Args,
  key: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === args[key]);
  if (found !== undefined) return found;
  throw new UsageError(`${key}: ${JSON.stringify(args[key])} is not one of ${choices.join(', ')}`);
}
