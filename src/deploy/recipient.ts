import { UsageError } from '../errors.ts';

const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;

/** Throws UsageError unless it is the public key of an age identity. */
export function checkRecipient(text: string): string {
  if (RECIPIENT.test(text)) return text;
  throw new UsageError(`${JSON.stringify(text.slice(0, 80))}: is no age recipient`, {
    hint: 'The public key that `age-keygen` prints: age1 and 58 letters and digits.',
  });
}
