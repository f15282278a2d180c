import { contracts, PAPER_CHAIN_ID } from './contracts.ts';
import { domainSeparator, hexWord, keccak256, recover, typedDataDigest, word } from './eip712.ts';

/** The signed part of an order, checked for form but not for meaning. */
export interface SignedFields {
  salt: number;
  maker: string;
  signer: string;
  tokenId: string;
  makerAmount: string;
  takerAmount: string;
  side: 'BUY' | 'SELL';
  signatureType: number;
  timestamp: string;
  metadata: string;
  builder: string;
}

export const ORDER_TYPE =
  'Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,' +
  'uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,' +
  'bytes32 builder)';
const WRAPPED_TYPE =
  'TypedDataSign(Order contents,string name,string version,uint256 chainId,' +
  `address verifyingContract,bytes32 salt)${ORDER_TYPE}`;
const ORDER_TYPE_HASH = keccak256(ORDER_TYPE);
const WRAPPED_TYPE_HASH = keccak256(WRAPPED_TYPE);
const WALLET_NAME_HASH = keccak256('DepositWallet');
const WALLET_VERSION_HASH = keccak256('1');
/** What follows the inner signature and the two hashes: the type's text and its length. */
const TYPE_TAIL = Buffer.concat([
  Buffer.from(ORDER_TYPE),
  Buffer.from([ORDER_TYPE.length >> 8, ORDER_TYPE.length & 255]),
]);

const separatorOf = (verifyingContract: string) =>
  domainSeparator({
    name: 'Polymarket CTF Exchange',
    version: '2',
    chainId: PAPER_CHAIN_ID,
    verifyingContract,
  });
const STANDARD = separatorOf(contracts.exchange);
const NEG_RISK = separatorOf(contracts.negRiskExchange);

export interface OrderHashes {
  separator: Buffer;
  structHash: Buffer;
  /** EIP-712 digest; as hex it is the order id. */
  digest: Buffer;
}

export function hashOrder(order: SignedFields, negRisk: boolean): OrderHashes {
  const separator = negRisk ? NEG_RISK : STANDARD;
  const structHash = keccak256(
    ORDER_TYPE_HASH,
    word(order.salt),
    hexWord(order.maker),
    hexWord(order.signer),
    word(order.tokenId),
    word(order.makerAmount),
    word(order.takerAmount),
    word(order.side === 'BUY' ? 0 : 1),
    word(order.signatureType),
    word(order.timestamp),
    hexWord(order.metadata),
    hexWord(order.builder),
  );
  return { separator, structHash, digest: typedDataDigest(separator, structHash) };
}

/** Who signed the order, by the rule of its signature type; undefined when nobody did. */
export function signerOf(
  order: SignedFields,
  hashes: OrderHashes,
  signature: Buffer,
): string | undefined {
  if (order.signatureType !== 3) return recover(hashes.digest, signature);
  const tail = Buffer.concat([hashes.separator, hashes.structHash, TYPE_TAIL]);
  if (!signature.subarray(65).equals(tail)) return undefined;
  const wrapped = keccak256(
    WRAPPED_TYPE_HASH,
    hashes.structHash,
    WALLET_NAME_HASH,
    WALLET_VERSION_HASH,
    word(PAPER_CHAIN_ID),
    hexWord(order.signer),
    word(0),
  );
  return recover(typedDataDigest(hashes.separator, wrapped), signature.subarray(0, 65));
}
