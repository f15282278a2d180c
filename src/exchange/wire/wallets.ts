import { contracts } from './contracts.ts';
import { bytesOf, hexOf, hexWord, keccak256 } from './eip712.ts';

/**
 * The wallets that belong to a signer, by CREATE2: nobody registers them, everybody derives them.
 * The byte constants are the init codes of the venue's factories.
 */
export interface WalletsOfSigner {
  eoa: string;
  proxy: string;
  safe: string;
  /** Deposit wallet of a new account. */
  beacon: string;
  /** Deposit wallet of an account from before the beacon. */
  uups: string;
}

const FACTORY = bytesOf(contracts.depositWalletFactory);
const BEACON_TAIL =
  '60195155f3363d3d373d3d363d602036600436635c60da' +
  '1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c' +
  'b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3';
const UUPS_TAIL =
  '60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076' +
  'cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3';
const PROXY_CODE =
  `3d3d606380380380913d393d73${lower(contracts.proxyFactory)}` +
  `5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73` +
  `${lower(contracts.proxyImplementation)}5af43d82803e903d91602b57fd5bf352e831dd` +
  `${'20'.padStart(64, '0')}${'0'.repeat(64)}`;
const PROXY_CODE_HASH = keccak256(Buffer.from(PROXY_CODE, 'hex'));
/** The constructor arguments (factory and owner) are 64 bytes long; the init code says so. */
const ARGUMENT_LENGTH = 64n << 56n;

export function walletsOf(signer: string): WalletsOfSigner {
  const owner = hexWord(signer);
  const args = Buffer.concat([hexWord(contracts.depositWalletFactory), owner]);
  const salt = keccak256(args);
  const deposit = (prefix: bigint, implementation: string, tail: string) =>
    create2(
      FACTORY,
      salt,
      keccak256(
        Buffer.from((prefix + ARGUMENT_LENGTH).toString(16).padStart(20, '0'), 'hex'),
        bytesOf(implementation),
        Buffer.from(tail, 'hex'),
        args,
      ),
    );
  return {
    eoa: signer.toLowerCase(),
    proxy: create2(bytesOf(contracts.proxyFactory), keccak256(bytesOf(signer)), PROXY_CODE_HASH),
    safe: create2(
      bytesOf(contracts.safeFactory),
      keccak256(owner),
      bytesOf(contracts.safeInitCodeHash),
    ),
    beacon: deposit(0x6100523d8160233d3973n, contracts.depositWalletBeacon, BEACON_TAIL),
    uups: deposit(0x61003d3d8160233d3973n, contracts.depositWalletImplementation, UUPS_TAIL),
  };
}

function create2(factory: Buffer, salt: Buffer, codeHash: Buffer): string {
  return hexOf(keccak256(Buffer.from([0xff]), factory, salt, codeHash).subarray(12));
}

function lower(address: string): string {
  return address.slice(2).toLowerCase();
}
