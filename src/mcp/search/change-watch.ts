import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Directories beyond which watching costs more than searching again. */
const MAX_DIRECTORIES = 4_096;

export interface ChangeWatch {
  /**
   * Whether anything changed since; 'unknown': changes cannot be seen, so nothing may be cached.
   */
  state(): 'unchanged' | 'changed' | 'unknown';
  close(): void;
}

/** Watches the directories of these files. */
export function watchDirectoriesOf(files: readonly string[]): ChangeWatch {
  const directories = new Set(files.map((file) => dirname(file)));
  let state: ReturnType<ChangeWatch['state']> =
    directories.size > MAX_DIRECTORIES ? 'unknown' : 'unchanged';
  const watchers: FSWatcher[] = [];
  const close = () => {
    for (const watcher of watchers.splice(0)) watcher.close();
  };
  const become = (next: 'changed' | 'unknown') => {
    state = next;
    close();
  };
  for (const directory of state === 'unknown' ? [] : directories) {
    try {
      const watcher = watch(directory, { persistent: false }, () => become('changed'));
      watcher.on('error', () => become('unknown'));
      watchers.push(watcher);
    } catch {
      become('unknown');
      break;
    }
  }
  return { state: () => state, close };
}
