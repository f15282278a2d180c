import type { Config } from '../config/schema.ts';
import type { Policy, Sizing } from '../core/decision.ts';
import { MICRO } from '../core/money.ts';
import type { BotSettings } from './parts.ts';
import type { WalletsFile } from './wallets-file.ts';

const micro = (usdc: number) => Math.round(usdc * MICRO);
const HOUR_MS = 3_600_000;

/** Everything that a single decision depends on, in integers. */
export function policyFrom(config: Config, file: WalletsFile): Policy {
  return {
    sizing: sizingOf(config),
    minTradeMicro: micro(config.MIN_TRADE_AMOUNT),
    maxTradeMicro: micro(config.MAX_TRADE_AMOUNT),
    maxPositionMicro: micro(config.MAX_POSITION_SIZE),
    maxConcurrentPositions: config.MAX_CONCURRENT_POSITIONS,
    maxWalletExposureMicro: micro(config.MAX_WALLET_EXPOSURE),
    maxMarketExposureMicro: micro(config.MAX_MARKET_EXPOSURE),
    maxEventExposureMicro: micro(config.MAX_EVENT_EXPOSURE),
    maxTotalExposureMicro: micro(config.MAX_TOTAL_EXPOSURE),
    maxSlippage: config.MAX_SLIPPAGE,
    maxTradeAgeMs: config.MAX_TRADE_AGE_SECONDS * 1000,
    maxBookAgeMs: config.MAX_BOOK_AGE_SECONDS * 1000,
    ...file,
  };
}

function sizingOf(config: Config): Sizing {
  switch (config.SIZING_MODE) {
    case 'fixed':
      return { mode: 'fixed', usdcMicro: micro(config.FIXED_TRADE_AMOUNT) };
    case 'bankroll':
      return { mode: 'bankroll', fraction: config.BANKROLL_FRACTION };
    case 'proportional':
      return { mode: 'proportional', ratio: config.COPY_RATIO };
  }
}

export function settingsFrom(config: Config): BotSettings {
  return {
    limits: {
      maxDailyLossMicro: micro(config.MAX_DAILY_LOSS),
      maxConsecutiveLosses: config.MAX_CONSECUTIVE_LOSSES,
      cooldownMs: config.BREAKER_COOLDOWN_SECONDS * 1000,
    },
    exits: {
      stopLoss: config.STOP_LOSS_PERCENTAGE,
      takeProfit: config.TAKE_PROFIT_PERCENTAGE,
      maxHoldingMs: config.MAX_HOLDING_HOURS * HOUR_MS,
      maxBookAgeMs: config.MAX_BOOK_AGE_SECONDS * 1000,
    },
    feedSilenceMs: config.FEED_SILENCE_SECONDS * 1000,
    monitorIntervalMs: config.MONITOR_INTERVAL * 1000,
  };
}
