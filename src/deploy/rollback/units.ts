/** Which units come and go on the way back to another release. Only looks. */
import { splitSections } from '../facts/probe.ts';
import type { Host } from '../host.ts';
import type { Layout } from '../layout.ts';
import { must, script } from '../shell.ts';

const KEPT = `for unit in "$1"/*; do
  [ ! -f "$unit" ] || { printf '\\n@@ %s\\n' "\${unit##*/}"; cat "$unit"; }
done`;

/** Text by name of the units that a release was confirmed with; none are kept of one that never was. */
export async function keptUnits(
  host: Host,
  { units }: Layout,
  release: string,
): Promise<Record<string, string>> {
  const argv = script(KEPT, `${units}/${release}`);
  const { stdout } = await must(host, 'its units', argv, { timeoutMs: 20_000 });
  return Object.fromEntries(splitSections(stdout));
}

/** $1 directory of releases, $2 those that are left, $3 those that are returned to: ids have no blanks. */
const ONLY = `cd "$1"
for to in $3; do [ -d "$to/systemd" ] || exit 0; done
for from in $2; do
  for unit in "$from"/systemd/*; do
    [ -f "$unit" ] || continue
    for to in $3; do [ ! -f "$to/systemd/\${unit##*/}" ] || continue 2; done
    echo "\${unit##*/}"
  done
done`;

/**
 * Names of the units that come with releases which are left, and with none of those that are
 * returned to: what they start would not be understood. A release names its own in `systemd/`; of
 * one that has no such directory nothing is known, and all units stay.
 */
export async function unitsOfOnly(
  host: Host,
  { releases }: Layout,
  left: readonly (string | undefined)[],
  returnedTo: readonly (string | undefined)[],
): Promise<string[]> {
  const ids = [left, returnedTo].map((all) => all.filter((id) => id !== undefined).join(' '));
  const argv = script(ONLY, releases, ...ids);
  const { stdout } = await must(host, 'units of its releases', argv, { timeoutMs: 20_000 });
  return [...new Set(stdout.split('\n').filter((name) => name !== ''))];
}
