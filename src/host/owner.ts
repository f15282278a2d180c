import { lchownSync, statSync } from 'node:fs';

export interface User {
  uid: number;
  gid: number;
}

/** Whose a directory is, where this program is root and it is somebody else's; undefined otherwise. */
export function otherOwnerOf(directory: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = statSync(directory, { throwIfNoEntry: false });
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined;
}

/** What root made among another's files becomes his, or he could never use it. No link is followed. */
export function give(user: User | undefined, ...paths: readonly string[]): void {
  if (user) for (const path of paths) lchownSync(path, user.uid, user.gid);
}
