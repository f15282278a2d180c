import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** Names of the processes that have a log in this directory; none where there is no directory. */
export function loggedProcesses(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.log'));
    return names.map((name) => basename(name, '.log')).sort();
  } catch {
    return [];
  }
}

/** The lines of one process that are kept, oldest first; of the newest file up to `toByte`. */
export function readLog(directory: string, process: string, toByte?: number): string[] {
  const path = join(directory, `${process}.log`);
  return [`${path}.1`, path].flatMap((one) => {
    try {
      const bytes = readFileSync(one).subarray(0, one === path ? toByte : undefined);
      return bytes.toString().split('\n').filter(Boolean);
    } catch {
      return [];
    }
  });
}

/** How often a followed log is looked at; a rename under it is a change like any other. */
const LOOK_EVERY_MS = 250;
const CHUNK = 64 * 1024;

export interface Follower {
  /** Where the following of the present file begins. */
  fromByte: number;
  stop(): void;
}

/** Tells every line that is added from now on, also across a turn-over. */
export function followLog(
  directory: string,
  process: string,
  onLine: (line: string) => void,
): Follower {
  const path = join(directory, `${process}.log`);
  let file = openAt(path, 'end');
  const fromByte = file?.position ?? 0;
  let rest = '';
  const drain = () => {
    if (!file) return;
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const length = readSync(file.descriptor, buffer, 0, CHUNK, file.position);
      if (length === 0) return;
      file.position += length;
      const lines = (rest + buffer.toString('latin1', 0, length)).split('\n');
      rest = lines.pop() ?? '';
      // Cut at line ends first: a character of several bytes may lie on the edge of two reads.
      for (const line of lines) onLine(Buffer.from(line, 'latin1').toString());
    }
  };
  const look = () => {
    drain();
    if (file && inodeOf(path) === file.inode) return;
    if (file) closeSync(file.descriptor);
    file = openAt(path, 'start');
    rest = '';
    drain();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    fromByte,
    stop() {
      clearInterval(timer);
      if (file) closeSync(file.descriptor);
      file = undefined;
    },
  };
}

function openAt(path: string, where: 'start' | 'end') {
  try {
    const descriptor = openSync(path, 'r');
    const { ino, size } = fstatSync(descriptor);
    return { descriptor, inode: ino, position: where === 'end' ? size : 0 };
  } catch {
    return undefined;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
