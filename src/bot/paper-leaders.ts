import type { Config } from '../config/schema.ts';
import { ConfigError, InconclusiveError, reasonOf } from '../errors.ts';
import { isAddress, readWalletsFile, type WalletsFile } from './wallets-file.ts';

const TIMEOUT_MS = 5000;

/**
 * Whom to follow: WALLETS_FILE, or on paper, where there is none, the leaders that the embedded
 * exchange itself plays.
 */
export async function walletsToFollow(config: Config): Promise<WalletsFile> {
  const file = readWalletsFile(config.WALLETS_FILE);
  if (file) return file;
  if (config.TRADING_MODE !== 'paper') {
    throw new ConfigError(`WALLETS_FILE: ${config.WALLETS_FILE} does not exist`, {
      hint: 'Write it with `pmcp wallets add <address>`.',
    });
  }
  const leaders = await paperLeaders(config);
  const wallets = leaders.map(
    ({ wallet, name }) => [wallet.toLowerCase(), { enabled: true, label: name }] as const,
  );
  return { wallets: new Map(wallets), allowMarkets: new Set(), denyMarkets: new Set() };
}

async function paperLeaders(config: Config): Promise<{ wallet: string; name: string }[]> {
  const url = `http://${config.EXCHANGE_HOST}:${config.EXCHANGE_PORT}/control/leaders`;
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const list = (await reply.json()) as { wallet: unknown; name: unknown }[];
    return list.flatMap(({ wallet, name }) =>
      isAddress(wallet) ? [{ wallet, name: String(name) }] : [],
    );
  } catch (error) {
    throw new InconclusiveError(`${url}: ${reasonOf(error)}`, {
      hint: 'Start the paper exchange with `pmcp exchange`, or everything with `pmcp up`.',
      cause: error,
    });
  }
}
