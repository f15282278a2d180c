import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A value that prints as [redacted] wherever it ends up; only `reveal()` gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** All secrets of a configuration, for whoever must keep them out of what leaves the process. */
export function secretValues(config: object): string[] {
  return Object.values(config).flatMap((value) =>
    value instanceof Secret ? [value.reveal()] : [],
  );
}
