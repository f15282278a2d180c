/** What the new release says of the configuration that is on a host today, before it is there. */
import type { Problem } from '../errors.ts';
import { documentOf } from './apply/run-step.ts';
import type { Facts } from './facts/facts.ts';
import type { Host } from './host.ts';
import type { DeployRequest } from './plan/request.ts';
import { lastWords, script } from './shell.ts';
import { credentialsDirectory } from './unit-parts.ts';

/**
 * Its bundle is unpacked in memory and run by the Node of the release that is there: nothing on the
 * host's disk is touched for a look. $1 Node, $2 configuration, $3 credentials, then the words.
 */
const CHECK = `dir=$(mktemp -d /dev/shm/pmcp-check.XXXXXX)
trap 'rm -rf "$dir"' EXIT
tar -xz -C "$dir"
node=$1 config=$2
[ ! -d "$3" ] || export CREDENTIALS_DIRECTORY="$3"
shift 3
cd "$config"
timeout 30 "$node" "$dir/dist/pmcp.cjs" "$@"`;

/** Empty: it takes it. On a bare host nothing can be asked yet: there the plan's own step is first. */
export async function configProblems(
  host: Host,
  { current, config, isRoot }: Pick<Facts, 'current' | 'config' | 'isRoot'>,
  { layout, target, release }: Pick<DeployRequest, 'layout' | 'target' | 'release'>,
  signal: AbortSignal,
): Promise<Problem[]> {
  if (current === undefined || config.length === 0 || !isRoot) return [];
  const node = `${layout.release(current)}/runtime/node`;
  const words = ['config', 'check', '--env', target, '--data-dir', layout.data, '--json'];
  const argv = script(CHECK, node, layout.config, credentialsDirectory(layout), ...words);
  const answer = await host.run(argv, { input: release.bundle, timeoutMs: 60_000, signal });
  if (answer.code === 0) return [];
  const refused = 'the new release refuses the configuration';
  const found = documentOf(answer)?.['error'] as { problems?: Problem[] } | undefined;
  const problems = found?.problems ?? [];
  if (problems.length > 0) {
    return problems.map((one) => ({ ...one, message: `${refused}: ${one.message}` }));
  }
  const hint = `Run its \`pmcp config check\` in ${layout.config}.`;
  return [{ message: `${refused}: ${lastWords(answer)}`, hint }];
}
