import { statSync } from 'node:fs';
import { reasonOf } from '../errors.ts';
import { readWalletsFile, type WalletsFile } from './wallets-file.ts';

/** Real ms between two looks at the file's time of change. */
const LOOK_MS = 2000;

/** Tells of every change of WALLETS_FILE; a bad one is reported, and the old stays in force. */
export function watchWallets(
  path: string,
  onChange: (file: WalletsFile) => void,
  onProblem: (message: string) => void,
  lookMs = LOOK_MS,
): { close(): void } {
  let seen = stampOf(path);
  const timer = setInterval(() => {
    const stamp = stampOf(path);
    if (stamp === seen) return;
    seen = stamp;
    try {
      const file = readWalletsFile(path);
      if (file) onChange(file);
      else onProblem(`${path} is gone; the wallets it held stay followed`);
    } catch (error) {
      onProblem(`${reasonOf(error)}; the wallets followed so far stay`);
    }
  }, lookMs);
  return { close: () => clearInterval(timer) };
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}/${stat.ino}/${stat.size}` : '';
}
