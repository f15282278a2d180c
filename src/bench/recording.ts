import { createHash } from 'node:crypto';
import { createRandom } from '../core/bench/random.ts';
import { walletOf } from './samples.ts';

const WALLETS = 25;
const MARKETS = 400;

/** Made-up trades of some leaders as the Data API shows them, one a line, oldest first. */
export function replayText(rows: number): string {
  const random = createRandom(1);
  const below = (most: number) => Math.floor(random() * most);
  const tokens = Array.from({ length: 2 * MARKETS }, (_, n) => BigInt(`0x${hashOf(n)}`).toString());
  const conditions = Array.from({ length: MARKETS }, (_, n) => `0x${hashOf(n + 1e6)}`);
  const lines = Array.from({ length: rows }, (_, n) => {
    const market = below(MARKETS);
    const outcomeIndex = below(2);
    return JSON.stringify({
      proxyWallet: walletOf(below(WALLETS)),
      side: below(10) < 7 ? 'BUY' : 'SELL',
      asset: tokens[2 * market + outcomeIndex],
      conditionId: conditions[market],
      size: 1 + below(10_000) / 100,
      price: (5 + below(90)) / 100,
      timestamp: 1_790_000_000 + Math.floor(n / 5),
      title: `Will the Fed cut rates by 25 bps at meeting ${market}?`,
      slug: `fed-cut-${market}`,
      icon: 'https://polymarket-upload.s3.us-east-2.amazonaws.com/fed-decision.png',
      eventSlug: `fed-decision-${market >> 2}`,
      outcome: outcomeIndex === 0 ? 'Yes' : 'No',
      outcomeIndex,
      name: 'someone',
      pseudonym: 'Quiet-Harbor',
      bio: '',
      profileImage: '',
      profileImageOptimized: '',
      transactionHash: `0x${below(2 ** 32)
        .toString(16)
        .padStart(8, '0')}${n.toString(16).padStart(56, '0')}`,
    });
  });
  return `${lines.join('\n')}\n`;
}

function hashOf(n: number): string {
  return createHash('sha256').update(String(n)).digest('hex');
}
