import type { Config } from '../config/schema.ts';
import { type Problem, RefusedError, reasonOf } from '../errors.ts';
import type { AccountApi } from './account-api.ts';
import type { Endpoints } from './endpoints.ts';
import { createHttpClient, type HttpClient } from './http.ts';
import { isFields, parseJson } from './json.ts';
import { connect } from './socket.ts';

export interface PreflightOptions {
  config: Config;
  endpoints: Endpoints;
  clob: HttpClient;
  /** Or why signing in failed: what only an account can tell is then left out. */
  account: AccountApi | Error;
  timeoutMs: number;
  realNowMs(): number;
  /** Where the venue tells whether it serves this place. */
  geoblockUrl?: string;
}

export const CONFIRMATION = 'I accept real losses';
const GEOBLOCK_URL = 'https://polymarket.com/api/geoblock';
/** The venue refuses authentication that is much older; orders carry our time too. */
const MAX_SKEW_MS = 5_000;

/** Refuses live trading with all that is wrong at once; a check that cannot run is wrong too. */
export async function preflight(options: PreflightOptions): Promise<void> {
  const checks = [confirmation, signedIn, closedOnly, geoblock, clockSkew, balance, feed];
  const results = await Promise.all(
    checks.map((check) =>
      check(options).catch((error: unknown) => ({ message: `${check.name}: ${reasonOf(error)}` })),
    ),
  );
  const problems = results.filter((result) => result !== undefined);
  if (problems.length === 0) return;
  throw new RefusedError('live trading is not possible now', { problems });
}

type Check = (options: PreflightOptions) => Promise<Problem | undefined>;

const confirmation: Check = async ({ config }) => {
  if (config.LIVE_TRADING_CONFIRMATION === CONFIRMATION) return undefined;
  const message = 'LIVE_TRADING_CONFIRMATION: live mode trades real money and is not confirmed';
  return { message, hint: `Set it to the words "${CONFIRMATION}".` };
};

const signedIn: Check = async ({ account }) =>
  account instanceof Error ? { message: reasonOf(account) } : undefined;

const closedOnly: Check = async ({ account }) => {
  if (account instanceof Error || !(await account.closedOnly())) return undefined;
  return { message: 'the venue lets this account only close positions (closed-only mode)' };
};

const geoblock: Check = async ({ geoblockUrl = GEOBLOCK_URL, timeoutMs }) => {
  const { origin, pathname } = new URL(geoblockUrl);
  const http = createHttpClient(origin, timeoutMs);
  try {
    const { text } = await http.send({ method: 'GET', path: pathname });
    const body = parseJson(text);
    if (isFields(body) && body.blocked === false) return undefined;
    return { message: `the venue does not serve this place: ${text.slice(0, 200)}` };
  } finally {
    await http.close();
  }
};

const clockSkew: Check = async ({ clob, realNowMs }) => {
  const before = realNowMs();
  const { text } = await clob.send({ method: 'GET', path: '/time' });
  const after = realNowMs();
  const seconds = Number(text.trim() || Number.NaN);
  // The answer is in whole seconds, and was true at some moment of the call.
  const skewMs = Math.max(seconds * 1000 - after, before - (seconds * 1000 + 999), 0);
  if (skewMs <= MAX_SKEW_MS) return undefined;
  const message = `this clock and the venue's differ by ${Math.round(skewMs / 1000)} s`;
  return { message, hint: 'Synchronise the clock (systemd-timesyncd or chrony).' };
};

const balance: Check = async ({ account }) => {
  if (account instanceof Error) return undefined;
  const [cashMicro, allowanceMicro] = await Promise.all([account.cash(), account.allowance()]);
  if (cashMicro === 0) return { message: 'the account holds no cash' };
  if (allowanceMicro !== undefined && allowanceMicro >= cashMicro) return undefined;
  const message = `the exchange may take ${allowanceMicro ?? 'an unknown part'} of ${cashMicro}`;
  return { message: `allowance: ${message} base units`, hint: 'Approve the exchange contracts.' };
};

const feed: Check = ({ endpoints, timeoutMs }) =>
  new Promise((resolve) => {
    connect({
      url: endpoints.rtds,
      pingMs: timeoutMs,
      deadMs: timeoutMs,
      onOpen(opened) {
        opened.close();
        resolve(undefined);
      },
      onText: () => {},
      onEnd: (reason) => resolve({ message: `the trade feed is not reachable: ${reason}` }),
    });
  });
