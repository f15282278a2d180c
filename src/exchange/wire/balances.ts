import { type Account, isAddress } from './accounts.ts';
import { contracts } from './contracts.ts';
import { Refusal, type Route, type WireRequest } from './http.ts';
import type { Wire } from './wire.ts';

/** What the venue believes an account owns on chain, in base units. */

const UNLIMITED = (2n ** 256n - 1n).toString();

export function balanceRoutes(wire: Wire): Route[] {
  const read = (request: WireRequest) => {
    const wallet = walletOf(wire.auth.l2(request), request.query.get('signature_type') ?? '0');
    wire.engine.openAccount(wallet, wire.balanceMicro);
    const allowances = {
      [contracts.standardExchange]: UNLIMITED,
      [contracts.negRiskExchange]: UNLIMITED,
    };
    return { body: { balance: String(balanceOf(wire, wallet, request)), allowances } };
  };
  return [
    { method: 'GET', path: '/clob/balance-allowance', handle: read },
    {
      method: 'GET',
      path: '/clob/balance-allowance/update',
      handle(request) {
        read(request);
        return { body: undefined };
      },
    },
  ];
}

/** Whose balance: the wallet of this signature type that belongs to the key. */
function walletOf({ address, wallets }: Account, signatureType: string): string {
  const wallet = { '0': address, '1': wallets.proxy, '2': wallets.safe, '3': wallets.deposit }[
    signatureType
  ];
  if (wallet === undefined || !isAddress(wallet)) throw new Refusal(400, 'Invalid signature_type');
  return wallet;
}

/** Resting orders lock nothing on chain, so the locked part belongs to the balance. */
function balanceOf({ engine }: Wire, wallet: string, { query }: WireRequest): number {
  const asset = query.get('asset_type');
  if (asset !== 'COLLATERAL' && asset !== 'CONDITIONAL') {
    throw new Refusal(400, 'Invalid asset type');
  }
  const { freeMicro, lockedMicro } =
    asset === 'COLLATERAL'
      ? engine.cashOf(wallet)
      : engine.sharesOf(wallet, query.get('token_id') ?? '');
  return freeMicro + lockedMicro;
}
