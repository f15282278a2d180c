import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../state/atomic-file.ts';
import { markdownOf } from './markdown.ts';
import { pageOf } from './page.ts';
import type { Written } from './review.ts';

/** Writes the review as Markdown, as a page and, when there is something to apply, as a patch. */
export function writeReview(directory: string, { review, document }: Written): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const contents = {
    md: markdownOf(document),
    html: pageOf(document),
    ...(review.patch !== '' && { patch: review.patch }),
  };
  return Object.entries(contents).map(([suffix, content]) => {
    const path = join(directory, `week-${review.week}.${suffix}`);
    writeFileAtomic(path, content);
    return path;
  });
}
