import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { authDigest } from '../../core/eip712.ts';
import { type DerivedWallets, deriveWallets } from '../../core/wallets.ts';
import { bytesOf, keccak, PAPER_CHAIN_ID, recover } from './crypto.ts';
import { header, Refusal, type Route, type WireRequest } from './http.ts';

export interface Account {
  /** The signer (EOA), lower case. */
  address: string;
  apiKey: string;
  secret: string;
  passphrase: string;
  wallets: DerivedWallets;
}

export interface Auth {
  /** The account behind the L2 headers; refuses with 401. */
  l2(request: WireRequest): Account;
  /** The account of these credentials, as the user socket gives them. */
  find(apiKey: string, secret: string, passphrase: string): Account | undefined;
  accounts(): Account[];
  routes: Route[];
}

/** How far a request's timestamp may be from our time, in ms. */
const WINDOW_MS = 60_000;
/**
 * Keys follow from address and nonce, so that an exchange that was restarted knows its customers
 * again. They guard play money on loopback: anybody who can reach it may open an account anyway.
 */
function credentialsOf(
  address: string,
  nonce: string,
  generation: number,
): Omit<Account, 'wallets'> {
  const digest = (purpose: string) =>
    createHash('sha256').update(`paper ${purpose} ${address} ${nonce} ${generation}`).digest();
  const id = digest('key').toString('hex');
  return {
    address,
    apiKey: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`,
    secret: digest('secret').toString('base64'),
    // Ends in the address, so that the user socket, which is not told it, can be known again too.
    passphrase: `${digest('passphrase').toString('hex').slice(0, 24)}${address.slice(2)}`,
  };
}

export function createAuth(clock: Clock, onOpen: (account: Account) => void): Auth {
  const byKey = new Map<string, Account>();
  /** `address nonce` -> key and how many keys it has had. */
  const byNonce = new Map<string, { apiKey: string | undefined; generation: number }>();

  const open = (address: string, nonce: string): Account => {
    const slot = byNonce.get(`${address} ${nonce}`) ?? { apiKey: undefined, generation: 0 };
    const account = {
      ...credentialsOf(address, nonce, slot.generation),
      wallets: deriveWallets(address, keccak),
    };
    byNonce.set(`${address} ${nonce}`, { ...slot, apiKey: account.apiKey });
    byKey.set(account.apiKey, account);
    onOpen(account);
    return account;
  };
  const inWindow = (seconds: string) => {
    const ms = Number(seconds) * 1000;
    // The official client stamps with the machine's clock, whatever the exchange's clock says.
    return Math.abs(ms - clock.now()) <= WINDOW_MS || Math.abs(ms - Date.now()) <= WINDOW_MS;
  };
  /** A key of an earlier run of this exchange, when nobody has used its nonce in this one. */
  const revive = (apiKey: string, address: string): Account | undefined => {
    if (byNonce.has(`${address} 0`)) return undefined;
    return credentialsOf(address, '0', 0).apiKey === apiKey ? open(address, '0') : undefined;
  };

  const l2 = (request: WireRequest): Account => {
    const address = header(request, 'POLY_ADDRESS')?.toLowerCase() ?? '';
    const apiKey = header(request, 'POLY_API_KEY') ?? '';
    const timestamp = header(request, 'POLY_TIMESTAMP') ?? '';
    const account = isAddress(address) ? (byKey.get(apiKey) ?? revive(apiKey, address)) : undefined;
    if (
      !account ||
      account.address !== address ||
      account.passphrase !== header(request, 'POLY_PASSPHRASE') ||
      !/^\d{1,12}$/.test(timestamp) ||
      !inWindow(timestamp) ||
      hmacOf(account, timestamp, request) !== header(request, 'POLY_SIGNATURE')
    ) {
      throw new Refusal(401, 'Unauthorized/Invalid api key');
    }
    return account;
  };
  const l1 = (request: WireRequest) => {
    const address = header(request, 'POLY_ADDRESS')?.toLowerCase() ?? '';
    const signature = header(request, 'POLY_SIGNATURE') ?? '';
    const timestamp = header(request, 'POLY_TIMESTAMP') ?? '';
    const nonce = header(request, 'POLY_NONCE') ?? '0';
    const sound =
      isAddress(address) &&
      /^0x[0-9a-f]{130}$/i.test(signature) &&
      /^\d{1,12}$/.test(timestamp) &&
      /^\d{1,15}$/.test(nonce) &&
      inWindow(timestamp);
    const signer = sound && recover(l1Digest(address, timestamp, nonce), bytesOf(signature));
    if (signer !== address) throw new Refusal(401, 'Invalid L1 Request headers');
    return { address, nonce };
  };

  const slotOf = (request: WireRequest) => {
    const { address, nonce } = l1(request);
    return { address, nonce, apiKey: byNonce.get(`${address} ${nonce}`)?.apiKey };
  };
  const create = (request: WireRequest) => {
    const { address, nonce, apiKey } = slotOf(request);
    if (apiKey !== undefined) throw new Refusal(400, 'Could not create api key');
    return { body: publicPart(open(address, nonce)) };
  };
  const derive = (request: WireRequest) => {
    const { apiKey } = slotOf(request);
    const account = byKey.get(apiKey ?? '');
    if (!account) throw new Refusal(400, 'Could not derive api key!');
    return { body: publicPart(account) };
  };
  const remove = (request: WireRequest) => {
    const account = l2(request);
    byKey.delete(account.apiKey);
    for (const slot of byNonce.values()) {
      if (slot.apiKey !== account.apiKey) continue;
      slot.apiKey = undefined;
      slot.generation += 1;
    }
    return { body: 'OK' };
  };
  const keysOf = (request: WireRequest) => {
    const { address } = l2(request);
    const own = [...byKey.values()].filter((account) => account.address === address);
    return { body: { apiKeys: own.map((account) => account.apiKey) } };
  };

  return {
    l2,
    find(apiKey, secret, passphrase) {
      const address = `0x${passphrase.slice(24)}`;
      const account =
        byKey.get(apiKey) ?? (isAddress(address) ? revive(apiKey, address) : undefined);
      return account?.secret === secret && account.passphrase === passphrase ? account : undefined;
    },
    accounts: () => [...byKey.values()],
    routes: [
      { method: 'POST', path: '/clob/auth/api-key', handle: create },
      { method: 'DELETE', path: '/clob/auth/api-key', handle: remove },
      { method: 'GET', path: '/clob/auth/derive-api-key', handle: derive },
      { method: 'GET', path: '/clob/auth/api-keys', handle: keysOf },
      {
        method: 'GET',
        path: '/clob/auth/ban-status/closed-only',
        handle(request) {
          l2(request);
          return { body: { closed_only: false } };
        },
      },
    ],
  };
}

function l1Digest(address: string, timestamp: string, nonce: string): Uint8Array {
  const auth = { chainId: PAPER_CHAIN_ID, address, timestamp, nonce: Number(nonce) };
  return authDigest(auth, keccak);
}

export function isAddress(text: string): boolean {
  return /^0x[0-9a-fA-F]{40}$/.test(text);
}

/** The client signs the path as it knows it: without our prefix and without the query. */
function hmacOf(account: Account, timestamp: string, request: WireRequest): string {
  const path = request.path.replace(/^\/clob/, '');
  return createHmac('sha256', Buffer.from(account.secret, 'base64'))
    .update(`${timestamp}${request.method}${path}${request.body}`)
    .digest('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

function publicPart({ apiKey, secret, passphrase }: Account) {
  return { apiKey, secret, passphrase };
}
