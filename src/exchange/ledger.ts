import { heldMicro } from './accounts.ts';
import type { ExchangePosition } from './engine.ts';
import { escrowCash } from './escrow.ts';
import type { AccountLedger, Audit, CashFlow } from './ledger-types.ts';
import { type LiveTrade, type MarketState, publicOrder, publicTrade, type World } from './world.ts';

/** Rounding of a 50/50 payout stays behind as collateral: at most half a micro-share each. */
const SPLIT_DUST = 10_000;

export function positionsOf(world: World, wallet: string): ExchangePosition[] {
  const account = world.accounts.get(wallet);
  if (!account) return [];
  const positions: ExchangePosition[] = [];
  for (const [tokenId, holding] of account.holdings) {
    const market = world.tokens.get(tokenId)?.market;
    const sizeMicro = heldMicro(holding);
    if (!market || (sizeMicro === 0 && holding.realisedMicro === 0)) continue;
    positions.push({
      wallet,
      tokenId,
      conditionId: market.conditionId,
      sizeMicro,
      avgPriceMicro: sizeMicro === 0 ? 0 : Math.round((holding.costMicro * 1e6) / sizeMicro),
      costMicro: holding.costMicro,
      realisedMicro: holding.realisedMicro,
      redeemable: market.resolution !== undefined && sizeMicro > 0,
    });
  }
  return positions;
}

/**
 * The account's whole story. The flows are worked out from trades and redemptions alone, not from
 * the balance, so that their agreement proves something.
 */
export function ledgerOf(world: World, wallet: string): AccountLedger {
  const account = world.accounts.get(wallet);
  const trades = [...world.trades.values()].filter(
    (trade) => trade.taker === wallet || trade.makers.some((maker) => maker.maker === wallet),
  );
  const flows: CashFlow[] = account
    ? [
        {
          kind: 'deposit',
          amountMicro: account.depositedMicro,
          atMs: account.openedAtMs,
          reference: '',
        },
      ]
    : [];
  for (const trade of trades) flows.push(...tradeFlows(trade, wallet));
  for (const row of world.activity.of(wallet)) {
    if (row.type === 'TRADE') continue;
    const { usdcMicro: amountMicro, timestampMs: atMs, conditionId: reference } = row;
    const kind = row.type === 'MERGE' ? 'merge' : 'redeem';
    flows.push({ kind, amountMicro, atMs, reference });
  }
  flows.sort((a, b) => a.atMs - b.atMs);
  return {
    wallet,
    orders: [...world.orders.values()].filter((order) => order.maker === wallet).map(publicOrder),
    trades: trades.map(publicTrade),
    flows,
    flowsMicro: flows.reduce((sum, flow) => sum + flow.amountMicro, 0),
    cashMicro: account ? account.freeMicro + account.lockedMicro : 0,
    positions: positionsOf(world, wallet),
  };
}

/** A BUY pays at the match, a SELL is paid when CONFIRMED, a FAILED trade moves nothing. */
function tradeFlows(trade: LiveTrade, wallet: string): CashFlow[] {
  if (trade.status === 'FAILED') return [];
  const flows: CashFlow[] = [];
  const side = (kind: 'BUY' | 'SELL', usdcMicro: number, feeMicro: number) => {
    if (kind === 'SELL' && trade.status !== 'CONFIRMED') return;
    const atMs = kind === 'BUY' ? trade.matchedAtMs : trade.updatedAtMs;
    const amountMicro = kind === 'BUY' ? -usdcMicro : usdcMicro;
    flows.push({
      kind: kind === 'BUY' ? 'buy' : 'sell',
      amountMicro,
      atMs,
      reference: trade.id,
    });
    if (feeMicro > 0) {
      flows.push({ kind: 'fee', amountMicro: -feeMicro, atMs, reference: trade.id });
    }
  };
  if (trade.taker === wallet) side(trade.side, trade.usdcMicro, trade.takerFeeMicro);
  for (const maker of trade.makers) {
    if (maker.maker === wallet) side(maker.side, maker.usdcMicro, 0);
  }
  return flows;
}

/** Nothing may come from nowhere and nothing may get lost: over all accounts, to the micro-unit. */
export function audit(world: World): Audit {
  const problems: string[] = [];
  let cashMicro = 0;
  for (const account of world.accounts.values()) {
    cashMicro += account.freeMicro + account.lockedMicro;
    const amounts = [account.freeMicro, account.lockedMicro];
    for (const holding of account.holdings.values()) {
      amounts.push(holding.freeMicro, holding.lockedMicro, holding.outgoingMicro);
    }
    if (amounts.some((amount) => !Number.isSafeInteger(amount) || amount < 0)) {
      problems.push(`${account.wallet}: a balance is negative or not whole`);
    }
  }
  const escrowMicro = escrowCash(world);
  let collateralMicro = 0;
  const shares = outstanding(world);
  for (const state of world.markets.values()) {
    collateralMicro += state.collateralMicro;
    const problem = checkShares(state, shares);
    if (problem) problems.push(problem);
  }
  const sum = cashMicro + escrowMicro + world.feesMicro + collateralMicro;
  if (sum !== world.depositsMicro) {
    problems.push(`${sum} micro-USDC are there and ${world.depositsMicro} were deposited`);
  }
  const { depositsMicro, feesMicro } = world;
  return { depositsMicro, cashMicro, escrowMicro, feesMicro, collateralMicro, problems };
}

function outstanding(world: World): Map<string, number> {
  const shares = new Map<string, number>();
  for (const account of world.accounts.values()) {
    for (const [tokenId, holding] of account.holdings) {
      shares.set(tokenId, (shares.get(tokenId) ?? 0) + heldMicro(holding));
    }
  }
  return shares;
}

function checkShares(state: MarketState, shares: Map<string, number>): string | undefined {
  const { market, collateralMicro } = state;
  const [first = 0, second = 0] = market.tokenIds.map((token) => shares.get(token) ?? 0);
  const name = market.conditionId;
  if (market.resolution === undefined) {
    if (first === collateralMicro && second === collateralMicro) return undefined;
    return `${name}: ${first} and ${second} shares on ${collateralMicro} of collateral`;
  }
  if (market.resolution === 'split') {
    const rest = collateralMicro - (first + second) / 2;
    return rest >= 0 && rest <= SPLIT_DUST ? undefined : `${name}: split leaves ${rest}`;
  }
  const owed = market.resolution === 0 ? first : second;
  return owed === collateralMicro ? undefined : `${name}: owes ${owed}, has ${collateralMicro}`;
}
