/**
 * The venue's contracts, and the smart wallets that belong to a key. A wallet's address follows
 * from the key's by CREATE2, so that it is known, and can be checked, without asking a chain.
 */
import { concat, hexToBytes, type Keccak } from './eip712.ts';

/** Order exchanges: the neg-risk one is for markets of which only one of several can win. */
export const EXCHANGE_CONTRACTS = {
  standardExchange: '0xE111180000d2663C0091e4f400237545B87B996B',
  negRiskExchange: '0xe2222d279d744050d28e00520010520000310F59',
} as const;

const DEPOSIT_FACTORY = '0x00000000000Fb5C9ADea0298D729A0CB3823Cc07';
const DEPOSIT_BEACON = '0x7A18EDfe055488A3128f01F563e5B479D92ffc3a';
const DEPOSIT_IMPLEMENTATION = '0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB';
const PROXY_FACTORY = '0xaB45c5A4B0c941a2F231C04C3f49182e1A254052';
const PROXY_IMPLEMENTATION = '0x44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f';
const SAFE_FACTORY = '0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b';
const SAFE_CODE_HASH = '0x2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf';

/** The addresses a key's wallets have or would have, lower case. */
export interface DerivedWallets {
  deposit: string;
  /** Deposit wallet of an older account. */
  legacyDeposit: string;
  safe: string;
  proxy: string;
}

const hex = (digits: string) => hexToBytes(digits, digits.length / 2);
const address = (text: string) => hexToBytes(text, 20);
const addressWord = (text: string) => concat(new Uint8Array(12), address(text));

// Creation code of the two minimal proxies (ERC-1967 by beacon and UUPS), around the
// implementation. The ten bytes before it also hold how many bytes of arguments (64) follow.
const BEACON_HEAD = hex('6100923d8160233d3973');
const BEACON_TAIL = hex(
  '60195155f3363d3d373d3d363d602036600436635c60da' +
    '1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c' +
    'b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3',
);
const UUPS_HEAD = hex('61007d3d8160233d3973');
const UUPS_TAIL = hex(
  '60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076' +
    'cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3',
);
const PROXY_CODE = concat(
  hex('3d3d606380380380913d393d73'),
  address(PROXY_FACTORY),
  hex('5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73'),
  address(PROXY_IMPLEMENTATION),
  hex('5af43d82803e903d91602b57fd5bf352e831dd'),
  hex(`${'20'.padStart(64, '0')}${'00'.repeat(32)}`),
);

export function deriveWallets(signer: string, keccak: Keccak): DerivedWallets {
  const create2 = (factory: string, salt: Uint8Array, codeHash: Uint8Array) => {
    const hash = keccak(concat(Uint8Array.of(0xff), address(factory), salt, codeHash));
    let text = '0x';
    for (const byte of hash.subarray(12)) text += byte.toString(16).padStart(2, '0');
    return text;
  };
  const owner = concat(addressWord(DEPOSIT_FACTORY), addressWord(signer));
  const deposit = (head: Uint8Array, implementation: string, tail: Uint8Array) =>
    create2(
      DEPOSIT_FACTORY,
      keccak(owner),
      keccak(concat(head, address(implementation), tail, owner)),
    );
  return {
    deposit: deposit(BEACON_HEAD, DEPOSIT_BEACON, BEACON_TAIL),
    legacyDeposit: deposit(UUPS_HEAD, DEPOSIT_IMPLEMENTATION, UUPS_TAIL),
    safe: create2(SAFE_FACTORY, keccak(addressWord(signer)), hexToBytes(SAFE_CODE_HASH, 32)),
    proxy: create2(PROXY_FACTORY, keccak(address(signer)), keccak(PROXY_CODE)),
  };
}
