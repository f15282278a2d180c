import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../journeys/run.ts';

export interface Rule {
  /** Part of the command line that the far end is given. */
  match: string;
  /** One for each time; the last one stays. */
  stdout?: string | readonly string[];
  stderr?: string;
  code?: number;
}

/**
 * An `ssh` for a PATH, whose far end is root and does nothing: the first rule that fits answers, and
 * all else succeeds in silence. A host whose name begins with `lost` is not reached.
 */
export function fakeSsh(rules: readonly Rule[]) {
  const directory = temporaryDirectory();
  const cases = rules.map(({ match, stdout = '', stderr = '', code = 0 }, rule) => {
    const answers = [stdout].flat();
    mkdirSync(join(directory, String(rule)));
    for (const [n, text] of answers.entries()) {
      writeFileSync(join(directory, String(rule), String(n)), text);
    }
    const pattern = match.replaceAll("'", "'\\''");
    return `*'${pattern}'*) answer ${rule} ${answers.length - 1} ${code} '${stderr}' ;;`;
  });
  const program = `#!/bin/sh
here=${directory}
answer() {
  n=$(cat "$here/$1/n" 2>/dev/null || echo 0)
  echo "$((n + 1))" >"$here/$1/n"
  [ "$n" -le "$2" ] || n=$2
  cat "$here/$1/$n"
  [ -z "$4" ] || echo "$4" >&2
  exit "$3"
}
case " $* " in
  *' -- lost'*) echo 'no route to host' >&2; exit 255 ;;
  *' -O check '*) exit 0 ;;
  *' -N '*) exec sleep 60 ;;
esac
for last; do :; done
printf '%s\\n' "$last" >>"$here/ran"
case $last in
  'id -u') echo 0 ;;
  ${cases.join('\n  ')}
esac
`;
  writeFileSync(join(directory, 'ssh'), program);
  chmodSync(join(directory, 'ssh'), 0o755);
  const ran = join(directory, 'ran');
  return {
    path: `${directory}:${process.env['PATH']}`,
    /** Everything that was run there. */
    ran: () => (existsSync(ran) ? readFileSync(ran, 'utf8') : ''),
  };
}
