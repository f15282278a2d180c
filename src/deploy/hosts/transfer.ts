import { createReadStream, statSync } from 'node:fs';
import { FailedError } from '../../errors.ts';
import type { Host, RunOptions } from '../host.ts';

/**
 * Takes a file from standard input. A connection that dies looks like the file's end to `cat`, so
 * the size decides whether it may have its name.
 */
const RECEIVE = `set -e
umask 077
part="$1.part"
trap 'rm -f "$part"' EXIT
cat >"$part"
[ "$(wc -c <"$part")" -eq "$2" ] || { echo "only part of it arrived" >&2; exit 1; }
sync -f "$part" 2>/dev/null || true
mv -T "$part" "$1"`;

/** An upload of a release takes longer than a command. */
const TRANSFER_MS = 600_000;

/** How every host takes a file: `run` is its own. */
export async function transfer(
  run: Host['run'],
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { size } = statSync(from);
  const options: RunOptions = { input: createReadStream(from), timeoutMs: TRANSFER_MS };
  if (signal) options.signal = signal;
  const { code, stderr } = await run(['sh', '-c', RECEIVE, 'sh', to, String(size)], options);
  if (code === 0) return;
  const why = stderr.trim().split('\n').at(-1);
  throw new FailedError(`${to} cannot be written: ${why}`, {
    hint: 'Check free space (`df -h`) and who may write there.',
  });
}
