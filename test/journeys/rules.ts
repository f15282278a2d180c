import type { Rules } from './proofs.ts';

/**
 * Limits tight enough to be met many times in a run, as the environment names them and as the
 * proofs count them.
 */
export const TIGHT_ENV: Record<string, string> = {
  PAPER_BALANCE: '2000',
  COPY_RATIO: '0.1',
  MIN_TRADE_AMOUNT: '1',
  MAX_TRADE_AMOUNT: '20',
  MAX_POSITION_SIZE: '35',
  MAX_CONCURRENT_POSITIONS: '7',
  MAX_WALLET_EXPOSURE: '80',
  MAX_MARKET_EXPOSURE: '45',
  MAX_EVENT_EXPOSURE: '60',
  MAX_TOTAL_EXPOSURE: '150',
  MAX_SLIPPAGE: '0.02',
  MAX_TRADE_AGE_SECONDS: '60',
  MAX_DAILY_LOSS: '1500',
  MAX_CONSECUTIVE_LOSSES: '9',
  BREAKER_COOLDOWN_SECONDS: '120',
  // The machine is busy: budgets of monitoring are not what is tried here.
  MONITORING_MAX_CPU_PERCENT: '100',
  MONITORING_MAX_MEMORY_MB: '1000',
};

const micro = (key: string) => Math.round(Number(TIGHT_ENV[key]) * 1_000_000);

export const TIGHT_RULES: Rules = {
  maxTradeMicro: micro('MAX_TRADE_AMOUNT'),
  minTradeMicro: micro('MIN_TRADE_AMOUNT'),
  positionMicro: micro('MAX_POSITION_SIZE'),
  walletMicro: micro('MAX_WALLET_EXPOSURE'),
  marketMicro: micro('MAX_MARKET_EXPOSURE'),
  eventMicro: micro('MAX_EVENT_EXPOSURE'),
  totalMicro: micro('MAX_TOTAL_EXPOSURE'),
  positions: Number(TIGHT_ENV['MAX_CONCURRENT_POSITIONS']),
  slippagePpm: micro('MAX_SLIPPAGE'),
  maxTradeAgeMs: Number(TIGHT_ENV['MAX_TRADE_AGE_SECONDS']) * 1000,
};
