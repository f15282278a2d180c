import { createHmac, createSecretKey } from 'node:crypto';

/** What the venue gave us for the L2 headers. */
export interface ApiCredentials {
  key: string;
  /** Base64. */
  secret: string;
  passphrase: string;
}

/** Headers that authenticate one request: an HMAC over time, method, path and body. */
export type Authenticator = (method: string, path: string, body?: string) => Record<string, string>;

/**
 * `signer` is the key's own address with its checksum case, also for smart wallets. `realNowMs` is
 * real time even when the trading clock runs faster: the venue checks it against its own.
 */
export function createAuthenticator(
  signer: string,
  credentials: ApiCredentials,
  realNowMs: () => number,
): Authenticator {
  // Made once: it costs more than the HMAC itself.
  const secret = createSecretKey(credentials.secret, 'base64');
  return (method, path, body = '') => {
    const timestamp = String(Math.floor(realNowMs() / 1000));
    const signature = createHmac('sha256', secret)
      .update(`${timestamp}${method}${path}${body}`)
      .digest('base64')
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    return {
      POLY_ADDRESS: signer,
      POLY_API_KEY: credentials.key,
      POLY_PASSPHRASE: credentials.passphrase,
      POLY_SIGNATURE: signature,
      POLY_TIMESTAMP: timestamp,
    };
  };
}
