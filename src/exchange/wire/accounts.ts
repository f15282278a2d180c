import { createHash } from 'node:crypto';
import { type DerivedWallets, deriveWallets } from '../../core/wallets.ts';
import { keccak } from './crypto.ts';

/** A customer: the signer, its API key, and the wallets that follow from the signer. */
export interface Account {
  /** The signer (EOA), lower case. */
  address: string;
  apiKey: string;
  secret: string;
  passphrase: string;
  wallets: DerivedWallets;
}

export interface Accounts {
  /** Issues a key for this nonce; undefined when it has one. */
  create(address: string, nonce: string): Account | undefined;
  /** The key of this nonce; undefined when it has none. */
  derive(address: string, nonce: string): Account | undefined;
  /** By key; `address` is whose key it claims to be. */
  byKey(apiKey: string, address: string): Account | undefined;
  remove(account: Account): void;
  all(): Account[];
}

/**
 * Keys follow from address and nonce, so that an exchange that was restarted knows its customers
 * again. They guard play money on loopback: anybody who can reach it may open an account anyway.
 */
export function createAccounts(onOpen: (account: Account) => void): Accounts {
  const accounts = new Map<string, Account>();
  /** `address nonce` -> its key now, and how many it has had before. */
  const slots = new Map<string, { apiKey: string | undefined; generation: number }>();

  const open = (address: string, nonce: string): Account => {
    const generation = slots.get(`${address} ${nonce}`)?.generation ?? 0;
    const account = {
      ...credentialsOf(address, nonce, generation),
      wallets: deriveWallets(address, keccak),
    };
    slots.set(`${address} ${nonce}`, { apiKey: account.apiKey, generation });
    accounts.set(account.apiKey, account);
    onOpen(account);
    return account;
  };
  const derive = (address: string, nonce: string) =>
    accounts.get(slots.get(`${address} ${nonce}`)?.apiKey ?? '');
  /** A key of an earlier run, when nobody has used its nonce in this one. */
  const revive = (apiKey: string, address: string): Account | undefined => {
    if (!isAddress(address) || slots.has(`${address} 0`)) return undefined;
    return credentialsOf(address, '0', 0).apiKey === apiKey ? open(address, '0') : undefined;
  };
  return {
    derive,
    create: (address, nonce) => (derive(address, nonce) ? undefined : open(address, nonce)),
    byKey: (apiKey, address) => accounts.get(apiKey) ?? revive(apiKey, address),
    remove(account) {
      accounts.delete(account.apiKey);
      for (const slot of slots.values()) {
        if (slot.apiKey !== account.apiKey) continue;
        slot.apiKey = undefined;
        slot.generation += 1;
      }
    },
    all: () => [...accounts.values()],
  };
}

function credentialsOf(address: string, nonce: string, generation: number) {
  const digest = (purpose: string) =>
    createHash('sha256').update(`paper ${purpose} ${address} ${nonce} ${generation}`).digest();
  const id = digest('key').toString('hex');
  const groups = [id.slice(0, 8), id.slice(8, 12), `4${id.slice(13, 16)}`, `8${id.slice(17, 20)}`];
  return {
    address,
    apiKey: [...groups, id.slice(20, 32)].join('-'),
    secret: digest('secret').toString('base64'),
    // Ends in the address: the user socket is not told it, and must know the key again too.
    passphrase: `${digest('passphrase').toString('hex').slice(0, 24)}${address.slice(2)}`,
  };
}

/** The address that a passphrase of ours ends in. */
export function addressInPassphrase(passphrase: string): string {
  return `0x${passphrase.slice(24)}`;
}

export function isAddress(text: string): boolean {
  return /^0x[0-9a-fA-F]{40}$/.test(text);
}
