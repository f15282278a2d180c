import type { Clock } from '../../clock.ts';
import type { MicroUsdc } from '../../core/money.ts';
import type { ExchangeEngine } from '../engine.ts';
import type { Accounts } from './accounts.ts';
import type { Auth } from './auth.ts';
import type { Faults } from './faults.ts';

/** What every part of the wire works with. */
export interface Wire {
  engine: ExchangeEngine;
  clock: Clock;
  accounts: Accounts;
  auth: Auth;
  faults: Faults;
  /** Cash that a wallet starts with. */
  balanceMicro: MicroUsdc;
}
