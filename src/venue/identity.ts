import { getAddress } from 'viem';
import type { Config } from '../config/schema.ts';
import type { SignatureType } from '../core/eip712.ts';
import { deriveWallets } from '../core/wallets.ts';
import { ConfigError } from '../errors.ts';
import { keccak256 } from './keccak.ts';
import type { SigningKey } from './key.ts';

/** Who trades: the key that signs, and the wallet whose cash it is. Addresses in checksum case. */
export interface Identity {
  key: SigningKey;
  signer: string;
  funder: string;
  signatureType: SignatureType;
}

/**
 * On paper the account is a deposit wallet, the kind that every new account of the venue has, so
 * that signatures, authentication and redemption go the way they go there.
 */
export function paperIdentity(key: SigningKey): Identity {
  const { deposit } = deriveWallets(key.address, keccak256);
  return { key, signer: getAddress(key.address), funder: getAddress(deposit), signatureType: 3 };
}

/** Refuses a funder that does not belong to the key: its orders would all be refused. */
export function configuredIdentity(key: SigningKey, config: Config): Identity {
  const wallets = deriveWallets(key.address, keccak256);
  const signer = getAddress(key.address);
  const kinds: Record<Config['SIGNATURE_TYPE'], { type: SignatureType; allowed: string[] }> = {
    EOA: { type: 0, allowed: [key.address] },
    POLY_PROXY: { type: 1, allowed: [wallets.proxy] },
    POLY_GNOSIS_SAFE: { type: 2, allowed: [wallets.safe] },
    POLY_1271: { type: 3, allowed: [wallets.deposit, wallets.legacyDeposit] },
  };
  const { type, allowed } = kinds[config.SIGNATURE_TYPE];
  const wanted = config.FUNDER_ADDRESS?.trim().toLowerCase() ?? allowed[0] ?? '';
  if (!allowed.includes(wanted)) {
    throw new ConfigError(
      `FUNDER_ADDRESS: ${wanted} is not the ${config.SIGNATURE_TYPE} wallet of key ${signer}`,
      { hint: `It would be ${allowed.join(' or ')}. Is SIGNATURE_TYPE right?` },
    );
  }
  return { key, signer, funder: getAddress(wanted), signatureType: type };
}
