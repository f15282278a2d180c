/** One section of a unit: settings in their order, and comments. */
export interface Section {
  name: 'Unit' | 'Service' | 'Timer' | 'Install';
  /** `[key, value]`, or a comment that begins with `#`. */
  lines: readonly (readonly [key: string, value: string] | string)[];
}

/** A unit file, with its purpose in its first line. */
export function unitText(purpose: string, sections: readonly Section[]): string {
  const parts = sections.map(({ name, lines }) => {
    const written = lines.map((line) => (typeof line === 'string' ? line : line.join('=')));
    return [`[${name}]`, ...written].join('\n');
  });
  return [`# ${purpose}`, ...parts].join('\n\n').concat('\n');
}

/** Several values of one setting. */
export function joined(...values: readonly string[]): string {
  return values.join(' ');
}
