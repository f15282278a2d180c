import { userInfo } from 'node:os';

/** Who acts, for the journal: the person behind sudo when there is one. */
export function operatorName(env: NodeJS.ProcessEnv = process.env, look = userInfo): string {
  const name = userName(look);
  const behind = env['SUDO_USER'];
  return behind && behind !== name ? `${behind} (as ${name})` : name;
}

function userName(look: typeof userInfo): string {
  try {
    return look().username;
  } catch {
    // A container's user id may have no name.
    return `uid ${process.getuid?.()}`;
  }
}
