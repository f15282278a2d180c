import { createHmac } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { authDigest } from '../../core/eip712.ts';
import { type Account, type Accounts, addressInPassphrase, isAddress } from './accounts.ts';
import { bytesOf, keccak, PAPER_CHAIN_ID, recover } from './crypto.ts';
import { header, Refusal, type Route, type WireRequest } from './http.ts';

export interface Auth {
  /** The account behind the L2 headers; refuses with 401. */
  l2(request: WireRequest): Account;
  /** The account of these credentials, as the user socket gives them. */
  find(apiKey: string, secret: string, passphrase: string): Account | undefined;
}

/** How far a request's timestamp may be from our time, in ms. */
const WINDOW_MS = 60_000;

export function createAuth(clock: Clock, accounts: Accounts): Auth {
  return {
    l2(request) {
      const address = header(request, 'POLY_ADDRESS')?.toLowerCase() ?? '';
      const account = accounts.byKey(header(request, 'POLY_API_KEY') ?? '', address);
      const timestamp = header(request, 'POLY_TIMESTAMP') ?? '';
      if (
        account?.address !== address ||
        account.passphrase !== header(request, 'POLY_PASSPHRASE') ||
        !inWindow(clock, timestamp) ||
        hmacOf(account, timestamp, request) !== header(request, 'POLY_SIGNATURE')
      ) {
        throw new Refusal(401, 'Unauthorized/Invalid api key');
      }
      return account;
    },
    find(apiKey, secret, passphrase) {
      const account = accounts.byKey(apiKey, addressInPassphrase(passphrase));
      return account?.secret === secret && account.passphrase === passphrase ? account : undefined;
    },
  };
}

export function authRoutes(clock: Clock, accounts: Accounts, auth: Auth): Route[] {
  return [
    {
      method: 'POST',
      path: '/clob/auth/api-key',
      handle(request) {
        const { address, nonce } = l1(clock, request);
        const account = accounts.create(address, nonce);
        if (!account) throw new Refusal(400, 'Could not create api key');
        return { body: credentials(account) };
      },
    },
    {
      method: 'GET',
      path: '/clob/auth/derive-api-key',
      handle(request) {
        const { address, nonce } = l1(clock, request);
        const account = accounts.derive(address, nonce);
        if (!account) throw new Refusal(400, 'Could not derive api key!');
        return { body: credentials(account) };
      },
    },
    {
      method: 'DELETE',
      path: '/clob/auth/api-key',
      handle(request) {
        accounts.remove(auth.l2(request));
        return { body: 'OK' };
      },
    },
    {
      method: 'GET',
      path: '/clob/auth/api-keys',
      handle(request) {
        const { address } = auth.l2(request);
        const own = accounts.all().filter((account) => account.address === address);
        return { body: { apiKeys: own.map((account) => account.apiKey) } };
      },
    },
    {
      method: 'GET',
      path: '/clob/auth/ban-status/closed-only',
      handle(request) {
        auth.l2(request);
        return { body: { closed_only: false } };
      },
    },
  ];
}

/** Who signed the L1 headers; refuses with 401. */
function l1(clock: Clock, request: WireRequest): { address: string; nonce: string } {
  const address = header(request, 'POLY_ADDRESS')?.toLowerCase() ?? '';
  const signature = header(request, 'POLY_SIGNATURE') ?? '';
  const timestamp = header(request, 'POLY_TIMESTAMP') ?? '';
  const nonce = header(request, 'POLY_NONCE') ?? '0';
  const sound =
    isAddress(address) &&
    /^0x[0-9a-f]{130}$/i.test(signature) &&
    /^\d{1,15}$/.test(nonce) &&
    inWindow(clock, timestamp);
  if (!sound || recover(l1Digest(address, timestamp, nonce), bytesOf(signature)) !== address) {
    throw new Refusal(401, 'Invalid L1 Request headers');
  }
  return { address, nonce };
}

function l1Digest(address: string, timestamp: string, nonce: string): Uint8Array {
  const auth = { chainId: PAPER_CHAIN_ID, address, timestamp, nonce: Number(nonce) };
  return authDigest(auth, keccak);
}

/** The official client stamps with the machine's clock, whatever the exchange's clock says. */
function inWindow(clock: Clock, seconds: string): boolean {
  if (!/^\d{1,12}$/.test(seconds)) return false;
  const ms = Number(seconds) * 1000;
  return Math.abs(ms - clock.now()) <= WINDOW_MS || Math.abs(ms - Date.now()) <= WINDOW_MS;
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

function credentials({ apiKey, secret, passphrase }: Account) {
  return { apiKey, secret, passphrase };
}
