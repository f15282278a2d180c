import type { Ledger, LedgerState } from './ledger-types.ts';
import type { MicroUsdc } from './money.ts';

export function createLedger(_openingCashMicro: MicroUsdc): Ledger {
  throw new Error('not built yet');
}

export function restoreLedger(_state: LedgerState): Ledger {
  throw new Error('not built yet');
}
