import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A log that never takes more than twice `limitBytes`: the older half lies beside it as `.1`. */
export interface LogFile {
  write(text: string): void;
  close(): void;
}

export function openLog(path: string, limitBytes = 1_000_000): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  let closed = false;
  const turnOver = () => {
    closeSync(file);
    renameSync(path, `${path}.1`);
    file = openSync(path, 'a', 0o600);
    size = 0;
  };
  return {
    write: (text) => {
      // The number may be another file's by now.
      if (closed) return;
      const bytes = Buffer.from(text);
      try {
        if (size > 0 && size + bytes.length > limitBytes) turnOver();
        size += writeSync(file, bytes);
      } catch {
        // A full disk must not end the run; the programs themselves report it.
      }
    },
    close: () => {
      if (!closed) closeSync(file);
      closed = true;
    },
  };
}
