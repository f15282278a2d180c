/** One word for a POSIX shell, whatever it holds. */
function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line that a POSIX shell splits into exactly these words; also what a plan shows. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
