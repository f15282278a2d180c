import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Directories beyond which watching costs more than searching again. */
const MAX_DIRECTORIES = 4_096;

export interface ChangeWatch {
  /** Grows with every change seen; undefined: changes cannot be seen, so nothing may be cached. */
  generation(): number | undefined;
  close(): void;
}

/** Watches the directories of these files; a change in any of them is a new generation. */
export function watchDirectoriesOf(files: readonly string[]): ChangeWatch {
  const directories = new Set(files.map((file) => dirname(file)));
  let generation: number | undefined = directories.size > MAX_DIRECTORIES ? undefined : 0;
  const watchers: FSWatcher[] = [];
  const blind = () => {
    generation = undefined;
  };
  for (const directory of generation === undefined ? [] : directories) {
    try {
      const watcher = watch(directory, { persistent: false }, () => {
        if (generation !== undefined) generation += 1;
      });
      watcher.on('error', blind);
      watchers.push(watcher);
    } catch {
      blind();
      break;
    }
  }
  return {
    generation: () => generation,
    close() {
      for (const watcher of watchers) watcher.close();
    },
  };
}
