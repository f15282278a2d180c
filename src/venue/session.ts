import { createSecureClient, relayerApiKey } from '@polymarket/client';
import { privateKey } from '@polymarket/client/viem';
import { defineChain, http } from 'viem';
import { FailedError, InconclusiveError, RefusedError, reasonOf } from '../errors.ts';
import type { ApiCredentials } from './credentials.ts';
import { type Endpoints, environmentOf, PAPER_CHAIN_ID } from './endpoints.ts';
import type { Identity } from './identity.ts';

/** What the official client does for us: it gets the API key, and it redeems. */
export interface Session {
  credentials: ApiCredentials;
  /** Resolves when the redemption is settled on the chain. */
  redeem(conditionId: string): Promise<void>;
}

export interface SessionOptions {
  endpoints: Endpoints;
  identity: Identity;
  /** Real ms for signing in; a redemption gets twelve times as long. */
  timeoutMs: number;
  /** Pays for the redemption's transaction; smart wallets cannot redeem without one. */
  relayer: { key: string; address: string } | undefined;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { endpoints, identity, timeoutMs } = options;
  const environment = environmentOf(endpoints);
  const chain = defineChain({
    id: endpoints.chainId,
    name: environment.name,
    nativeCurrency: { name: 'POL', symbol: 'POL', decimals: 18 },
    rpcUrls: { default: { http: [endpoints.rpc] } },
  });
  // The paper exchange's relayer takes any key; it only has to look like one.
  const relayer =
    endpoints.chainId === PAPER_CHAIN_ID
      ? { key: 'paper', address: identity.signer }
      : options.relayer;
  const client = await within(
    timeoutMs,
    'signing in',
    createSecureClient({
      environment,
      wallet: identity.funder,
      signer: privateKey(identity.key.reveal(), { chain, transport: http(endpoints.rpc) }),
      ...(relayer && { apiKey: relayerApiKey(relayer) }),
    }),
  ).catch((error: unknown) => {
    throw signInError(error);
  });
  return {
    credentials: client.credentials,
    async redeem(conditionId) {
      const work = client.redeemPositions({ conditionId }).then((handle) => handle.wait());
      await within(timeoutMs * 12, `redeeming ${conditionId}`, work).catch((error: unknown) => {
        if (error instanceof InconclusiveError) throw error;
        throw new FailedError(`redeeming ${conditionId}: ${reasonOf(error)}`, { cause: error });
      });
    },
  };
}

/** A refusal says so; anything else may be better in a moment. */
function signInError(error: unknown): Error {
  const message = `signing in at the venue: ${reasonOf(error)}`;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 401 || status === 403 || status === 400) {
    return new RefusedError(message, { cause: error, hint: 'Is the key the account’s own?' });
  }
  return new InconclusiveError(message, { cause: error, hint: 'Is the venue reachable?' });
}

async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new InconclusiveError(`${what}: no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
