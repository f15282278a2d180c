import type { Paint } from '../command.ts';
import type { BotStatus } from '../core/status.ts';
import { pad } from './cells.ts';
import { duration, timeOfDay } from './format.ts';
import { draw, type Span } from './spans.ts';
import { positionLines } from './up-view.ts';
import { figures } from './words.ts';

export interface StatusReport {
  pid: number;
  release: string;
  environment: string;
  atMs: number;
  status: BotStatus;
}

const LABEL = 11;
const MOST_POSITIONS = 20;

/** `pmcp status` for a person: the figures, then the positions. */
export function statusLines(report: StatusReport, paint: Paint, columns: number): string[] {
  const { status, atMs } = report;
  const lines: Span[][] = [
    [
      [`bot ${report.release}`, 'strong'],
      [`  ${status.mode} · ${report.environment} · pid ${report.pid}`],
      [` · up ${duration(status.vitals.uptimeSeconds * 1000)} · ${timeOfDay(atMs)} UTC`, 'dim'],
    ],
  ];
  for (const { label, spans } of figures(status, atMs)) {
    lines.push([[pad(label, LABEL), 'dim'], ...spans]);
  }
  for (const [name, { status: verdict, message }] of Object.entries(status.components)) {
    if (verdict === 'healthy') continue;
    const tone = verdict === 'critical' ? 'bad' : 'warn';
    lines.push([[`${name} ${verdict}`, tone], [`: ${message}`]]);
  }
  const count = status.positions.length;
  lines.push([]);
  if (count === 0) lines.push([['no open positions', 'dim']]);
  else lines.push(...positionLines(status, columns, MOST_POSITIONS));
  if (count > MOST_POSITIONS) {
    lines.push([[`… and ${count - MOST_POSITIONS} more: pmcp positions`, 'dim']]);
  }
  return lines.map((spans) => draw(spans, paint, columns).trimEnd());
}
