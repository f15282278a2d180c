/** Figures as people read them. Everything here is plain text without colour. */
import { MICRO } from '../core/money.ts';

/** 1234567890 micro -> "1,234.57". */
export function money(micro: number): string {
  const cents = Math.round(Math.abs(micro) / (MICRO / 100));
  const whole = Math.floor(cents / 100)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = micro < 0 && cents > 0 ? '-' : '';
  return `${sign}${whole}.${String(cents % 100).padStart(2, '0')}`;
}

/** With its sign, also when it is a gain: "+3.12", "-0.50", "0.00". */
export function signedMoney(micro: number): string {
  const text = money(micro);
  return micro > 0 && text !== '0.00' ? `+${text}` : text;
}

/** A price per share: 597600 -> "0.598". */
export function price(micro: number): string {
  return (micro / MICRO).toFixed(3);
}

/** Shares: "75", "12.5", "1,200". */
export function shares(micro: number): string {
  return money(micro).replace(/\.?0+$/, '');
}

/** A span: "0:42", "12:05", "3:07:09", "2d 3:07". */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(total / 86_400);
  const hours = Math.floor(total / 3600) % 24;
  const minutes = Math.floor(total / 60) % 60;
  if (days > 0) return `${days}d ${hours}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(total % 60)}`;
  return `${minutes}:${two(total % 60)}`;
}

/** How long ago, roughly: "0.3 s", "42 s", "5 min", "3 h", "2 d". */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A latency in milliseconds with three digits that matter: "0.42", "12.3", "1,234". */
export function milliseconds(ms: number): string {
  if (ms < 10) return ms.toFixed(2);
  if (ms < 100) return ms.toFixed(1);
  return money(Math.round(ms) * MICRO).slice(0, -3);
}

/** "0x1234…cdef" */
export function shortWallet(wallet: string): string {
  return wallet.length > 12 ? `${wallet.slice(0, 6)}…${wallet.slice(-4)}` : wallet;
}

/** Time of day, UTC: "14:23:05". */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toISOString().slice(11, 19);
}

export function integer(value: number): string {
  return money(value * MICRO).slice(0, -3);
}
