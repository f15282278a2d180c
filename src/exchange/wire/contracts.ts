import { EXCHANGE_CONTRACTS } from '../../core/wallets.ts';

/**
 * What the official client assumes about the chain: contract addresses of its environment. Only
 * their identity matters here, nothing is ever sent to them.
 */
export const contracts = {
  ...EXCHANGE_CONTRACTS,
  collateral: '0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB',
  depositWalletBeacon: '0x7A18EDfe055488A3128f01F563e5B479D92ffc3a',
} as const;
