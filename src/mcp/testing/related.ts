import { basename, extname } from 'node:path';
import { git } from './git.ts';

const TEST = /(^test_|_test$|\.(test|spec)$)/;

/**
 * The test files that belong to what changed since HEAD: changed tests themselves, and tests whose
 * name is that of a changed source (decide.ts: decide.test.ts, test_decide.py, decide_test.py).
 */
export async function relatedTests(root: string, signal: AbortSignal): Promise<string[]> {
  const [changed, untracked, tracked] = await Promise.all([
    git(root, ['diff', '--name-only', '--relative', 'HEAD'], signal),
    git(root, ['ls-files', '--others', '--exclude-standard'], signal),
    git(root, ['ls-files'], signal),
  ]);
  const list = (text: string | undefined) => (text ?? '').split('\n').filter(Boolean);
  const touched = [...list(changed), ...list(untracked)];
  const subjects = new Set(touched.map((path) => subjectOf(path)));
  const all = new Set([...list(tracked), ...list(untracked)]);
  return [...all].filter((path) => TEST.test(stem(path)) && subjects.has(subjectOf(path))).sort();
}

function stem(path: string): string {
  return basename(path, extname(path));
}

function subjectOf(path: string): string {
  return stem(path).replace(/^test_|_test$|\.(test|spec)$/g, '');
}
