import type { Layout } from './layout.ts';
import { credentialsDirectory } from './unit-parts.ts';
import type { Section } from './unit-text.ts';

/** What is the bot's alone, as far as it is there when a service starts. */
export function hiddenFromMcp(layout: Layout): Section['lines'] {
  const names = ['journal.db', 'journal.db-wal', 'journal.db-shm', 'run/control.sock'];
  const paths = [credentialsDirectory(layout), ...names.map((name) => `${layout.data}/${name}`)];
  return paths.map((path) => ['InaccessiblePaths', `-${path}`]);
}
