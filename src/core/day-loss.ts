/**
 * The loss of a UTC day: equity at its start minus equity now, so realised losses and the marks of
 * open positions both count.
 */
import type { MicroUsdc } from './money.ts';

export const DAY_MS = 86_400_000;

export interface DayLoss {
  /** Whole UTC days since the epoch. Never decreases: a clock set back stays in the later day. */
  day: number;
  startEquityMicro: MicroUsdc;
  /** Of this day so far, open positions at their marks; 0 while in profit. */
  lossMicro: MicroUsdc;
  /** Loss that a human reset has accepted: only what comes on top counts against the limit. */
  forgivenMicro: MicroUsdc;
}

/** The day's record after seeing `equityMicro` at `nowMs`; the same object when nothing changed. */
export function seeEquity(record: DayLoss | null, equityMicro: MicroUsdc, nowMs: number): DayLoss {
  const today = Math.floor(nowMs / DAY_MS);
  if (record === null || today > record.day) {
    return { day: today, startEquityMicro: equityMicro, lossMicro: 0, forgivenMicro: 0 };
  }
  const lossMicro = Math.max(0, record.startEquityMicro - equityMicro);
  return lossMicro === record.lossMicro ? record : { ...record, lossMicro };
}

/** What counts against the daily limit. */
export function countedLoss(record: DayLoss): MicroUsdc {
  return Math.max(0, record.lossMicro - record.forgivenMicro);
}

/** When the recorded day ends, whatever the clock says now. */
export function endOfDay(record: DayLoss): number {
  return (record.day + 1) * DAY_MS;
}
