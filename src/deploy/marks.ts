import { posix } from 'node:path';
import type { Layout } from './layout.ts';
import { checkReleaseId, script } from './shell.ts';
import type { Step } from './step.ts';

/** What experience says of a release. None: nothing yet. */
export interface Mark {
  release: string;
  mark: 'good' | 'bad';
  /** ISO time. */
  at: string;
  by: string;
  why: string;
}

/** One file a release, whole or not there: a crash leaves the old mark or the new one. */
const WRITE = `umask 027
mkdir -p "$(dirname "$1")"
cat >"$1.new"
sync "$1.new"
mv -f "$1.new" "$1"
sync "$(dirname "$1")"`;

export function markFile(layout: Layout, release: string): string {
  return posix.join(layout.marks, `${checkReleaseId(release)}.json`);
}

export function markStep(layout: Layout, mark: Mark): Step {
  return {
    id: `mark:${mark.release}`,
    title: `mark ${mark.release} ${mark.mark}`,
    reason: mark.why,
    argv: script(WRITE, markFile(layout, mark.release)),
    input: `${JSON.stringify(mark)}\n`,
    timeoutMs: 20_000,
  };
}

/** undefined: not a mark, or one of another release. */
export function parseMark(text: string, release: string): Mark | undefined {
  try {
    const value = JSON.parse(text) as Partial<Mark> | null;
    const is = value?.release === release && (value.mark === 'good' || value.mark === 'bad');
    if (!is) return undefined;
    const { at = '', by = '', why = '' } = value;
    return { release, mark: value.mark as Mark['mark'], at, by, why };
  } catch {
    return undefined;
  }
}
