import type { MicroShares, MicroUsdc } from '../core/money.ts';
import { mulDiv } from '../core/money.ts';
import type { World } from './world.ts';

/** One wallet's shares of one token. */
export interface Holding {
  freeMicro: MicroShares;
  /** In resting or delayed sells. */
  lockedMicro: MicroShares;
  /** Sold, and the trade not settled yet. */
  outgoingMicro: MicroShares;
  /** What the held shares cost, fees excluded. */
  costMicro: MicroUsdc;
  realisedMicro: MicroUsdc;
}

export interface Account {
  wallet: string;
  /** Opened from outside: kept for good. The scenario's own actors are not. */
  api: boolean;
  depositedMicro: MicroUsdc;
  openedAtMs: number;
  freeMicro: MicroUsdc;
  lockedMicro: MicroUsdc;
  holdings: Map<string, Holding>;
}

export function createAccounts(): Map<string, Account> {
  return new Map();
}

/** Creates the account and funds it; an existing one is left as it is. */
export function openAccount(world: World, wallet: string, cash: MicroUsdc, api: boolean): Account {
  const found = world.accounts.get(wallet);
  if (found) return found;
  const account: Account = {
    wallet,
    api,
    depositedMicro: 0,
    openedAtMs: world.nowMs,
    freeMicro: 0,
    lockedMicro: 0,
    holdings: new Map(),
  };
  world.accounts.set(wallet, account);
  deposit(world, account, cash);
  return account;
}

export function deposit(world: World, account: Account, cash: MicroUsdc): void {
  account.freeMicro += cash;
  account.depositedMicro += cash;
  world.depositsMicro += cash;
  world.dirty.accounts.add(account.wallet);
}

export function accountOf(world: World, wallet: string): Account {
  const account = world.accounts.get(wallet);
  if (!account) throw new RangeError(`no account ${wallet}`);
  return account;
}

export function holdingOf(account: Account, tokenId: string): Holding {
  const found = account.holdings.get(tokenId);
  if (found) return found;
  const holding = {
    freeMicro: 0,
    lockedMicro: 0,
    outgoingMicro: 0,
    costMicro: 0,
    realisedMicro: 0,
  };
  account.holdings.set(tokenId, holding);
  return holding;
}

/** Everything of the token that is still the wallet's on the chain. */
export function heldMicro(holding: Holding): MicroShares {
  return holding.freeMicro + holding.lockedMicro + holding.outgoingMicro;
}

/**
 * Marks the account for writing. Locks of the scenario's actors need no writing: after a restart
 * their orders are gone and they quote anew.
 */
export function touch(world: World, account: Account, lockOnly = false): void {
  if (!lockOnly || account.api) world.dirty.accounts.add(account.wallet);
}

/** Books shares that reached the wallet. */
export function receiveShares(holding: Holding, size: MicroShares, cost: MicroUsdc): void {
  holding.freeMicro += size;
  holding.costMicro += cost;
}

/** Books shares that left the wallet for good (`size` no longer counted in the holding). */
export function bookDisposal(holding: Holding, size: MicroShares, proceeds: MicroUsdc): void {
  const before = heldMicro(holding) + size;
  const cost = mulDiv(holding.costMicro, size, before, 'down');
  holding.costMicro -= cost;
  holding.realisedMicro += proceeds - cost;
}
