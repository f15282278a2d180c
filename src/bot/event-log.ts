import type { LogLevel, LogLine } from '../core/log-line.ts';
import type { BotEvent } from '../core/status.ts';
import { describeEvent } from './describe-event.ts';

/** An event as a line of the log. `clockAtMs` is shown where paper time is not real time. */
export function eventLine(event: BotEvent, realAtMs: number, clockAtMs: number): LogLine {
  const isPaperTime = Math.abs(clockAtMs - realAtMs) > 1000;
  return {
    time: new Date(realAtMs).toISOString(),
    level: levelOf(event),
    process: 'bot',
    message: describeEvent(event),
    kind: event.kind,
    ...('fillId' in event && { fillId: event.fillId }),
    ...('orderId' in event && event.orderId !== null && { orderId: event.orderId }),
    ...(isPaperTime && { clock: new Date(clockAtMs).toISOString() }),
  };
}

const BAD_ORDERS = ['rejected', 'unknown', 'failed'];

function levelOf(event: BotEvent): LogLevel {
  switch (event.kind) {
    case 'notice':
      return event.level === 'warning' ? 'warn' : event.level;
    case 'order':
      return BAD_ORDERS.includes(event.outcome) ? 'warn' : 'info';
    case 'breaker':
      return event.to === 'armed' ? 'info' : 'error';
    case 'feed':
      return event.state === 'blind' ? 'error' : event.state === 'silent' ? 'warn' : 'info';
    default:
      return 'info';
  }
}
