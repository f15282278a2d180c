import type { Paint } from '../command.ts';
import type { BotStatus, PositionReport } from '../core/status.ts';
import { pad } from './cells.ts';
import {
  age,
  duration,
  money,
  price,
  shares,
  shortWallet,
  signedMoney,
  timeOfDay,
} from './format.ts';
import type { Entry } from './journal-tail.ts';
import { draw, type Span, spread } from './spans.ts';
import { type Column, table } from './table.ts';
import { figures, toneOfGain } from './words.ts';

export interface ServiceView {
  name: string;
  state: 'starting' | 'running' | 'restarting' | 'stopped';
}

/** All that the terminal of `up` shows. */
export interface UpView {
  mode: string;
  scenario: string;
  speed: number;
  clockMs: number;
  uptimeMs: number;
  services: readonly ServiceView[];
  status: BotStatus | undefined;
  /** Real milliseconds since `status` came. */
  ageMs: number | undefined;
  connected: boolean;
  decisions: readonly Entry[];
  happenings: readonly Entry[];
  /** A process that died, and what is done about it. */
  alarm: string | undefined;
  footer: string;
}

/** Status is sent once a second; after this it is shown as old. */
const STALE_MS = 5000;
const LABEL = 11;

/** The screen as lines: exactly `rows`, none wider than `columns`. */
export function upLines(view: UpView, columns: number, rows: number, paint: Paint): string[] {
  const lines = [titleLine(view, paint, columns), stateLine(view, paint, columns)];
  const { status } = view;
  if (status) {
    for (const { label, spans } of figures(status, view.clockMs)) {
      lines.push(draw([[pad(label, LABEL), 'dim'], ...spans], paint, columns));
    }
    for (const spans of body(view, status, columns, rows - lines.length - 1)) {
      lines.push(draw(spans, paint, columns));
    }
  } else lines.push('', draw([['waiting for the bot …', 'dim']], paint, columns));
  const shown = lines.slice(0, Math.max(0, rows - 1));
  while (shown.length < rows - 1) shown.push('');
  return [...shown, draw([[view.footer, 'dim']], paint, columns)];
}

function titleLine(view: UpView, paint: Paint, columns: number): string {
  const speed = view.speed === 1 ? 'real time' : `${view.speed} x real time`;
  return spread(
    [['pmcp', 'strong'], [`  ${view.mode} · ${view.scenario} · ${speed}`]],
    [[`${timeOfDay(view.clockMs)} UTC · up ${duration(view.uptimeMs)}`, 'dim']],
    paint,
    columns,
  );
}

function stateLine(view: UpView, paint: Paint, columns: number): string {
  const tones = { starting: 'warn', running: 'good', restarting: 'bad', stopped: 'bad' } as const;
  const services = view.services.flatMap(({ name, state }, i): Span[] => [
    [`${i === 0 ? '' : '  '}●`, tones[state]],
    [state === 'running' ? ` ${name}` : ` ${name} ${state}`],
  ]);
  return spread([news(view)], services, paint, columns);
}

function news({ alarm, connected, ageMs }: UpView): Span {
  if (alarm !== undefined) return [alarm, 'bad'];
  if (connected && (ageMs === undefined || ageMs < STALE_MS)) return ['all well', 'good'];
  if (ageMs === undefined) return ['the bot is starting', 'warn'];
  return [`the bot is silent for ${age(ageMs)}`, 'bad'];
}

/** Positions, decisions and the rest, sharing the room that is left. */
function body(view: UpView, status: BotStatus, columns: number, room: number): Span[][] {
  const share = shareOut(room, [
    status.positions.length,
    view.decisions.length,
    view.happenings.length,
  ]);
  const lines: Span[][] = [];
  const section = (title: string, heading: Span[], rows: Span[][]) => {
    if (rows.length === 0) return;
    if (share.gaps) lines.push([]);
    lines.push([[pad(title, LABEL), 'strong'], ...heading], ...rows);
  };
  const [positions = 0, decisions = 0, happenings = 0] = share.rows;
  section('POSITIONS', more(status.positions.length, positions), [
    ...(positions > 0 ? positionLines(status, columns, positions) : []),
  ]);
  section('DECISIONS', [], entryLines(view.decisions, decisions));
  section('ORDERS', [], entryLines(view.happenings, happenings));
  return lines;
}

function more(total: number, shown: number): Span[] {
  return total > shown ? [[`${total}, the largest ${shown}`, 'dim']] : [[`${total}`, 'dim']];
}

const positionColumns: readonly Column<PositionReport>[] = [
  { title: 'market', flexible: true, cell: (p) => p.title },
  { title: 'outcome', cell: (p) => p.outcome.slice(0, 12) },
  { title: 'shares', align: 'right', cell: (p) => shares(p.sharesMicro) },
  { title: 'cost', align: 'right', cell: (p) => money(p.costMicro) },
  {
    title: 'mark',
    align: 'right',
    cell: (p) => (p.markMicro === null ? '?' : price(p.markMicro)),
  },
  {
    title: 'PnL',
    align: 'right',
    cell: (p) => (p.unrealisedMicro === null ? '?' : signedMoney(p.unrealisedMicro)),
    tone: (p) => toneOfGain(p.unrealisedMicro),
  },
];
const leaderColumn: Column<PositionReport> = {
  title: 'leader',
  cell: (p) => shortWallet(p.wallet),
};

/** From this width on there is room for who was followed. */
const WIDE = 100;

/** A heading and the `count` largest positions. */
export function positionLines(
  { positions }: Pick<BotStatus, 'positions'>,
  columns: number,
  count: number,
): Span[][] {
  const largest = [...positions].sort((a, b) => b.costMicro - a.costMicro).slice(0, count);
  const chosen = columns >= WIDE ? [...positionColumns, leaderColumn] : positionColumns;
  return table(chosen, largest, columns);
}

function entryLines(entries: readonly Entry[], count: number): Span[][] {
  return entries.slice(0, count).map(entrySpans);
}

/** "14:23:05 copy      BUY Yes for 6.84 · …" */
export function entrySpans({ atMs, tag, tone, text }: Entry): Span[] {
  return [
    [`${timeOfDay(atMs)} `, 'dim'],
    [pad(tag, TAG), tone],
    [text, tone === 'dim' ? 'dim' : undefined],
  ];
}

const TAG = 10;

/**
 * Rows for each list: what each wants when all fit; else positions up to two fifths, the others
 * sharing the rest, and nobody keeping what he does not need.
 */
export function shareOut(room: number, wanted: readonly [number, number, number]) {
  const gaps = room >= 20;
  const used = wanted.filter((count) => count > 0).length;
  const headings = wanted[0] > 0 ? used + 1 : used;
  let left = Math.max(0, room - headings - (gaps ? used : 0));
  const rows = [0, 0, 0];
  const weights = [4, 4, 3];
  // Row by row to whoever is furthest below his share: small numbers, and nothing is wasted.
  while (left > 0) {
    let next = -1;
    for (let i = 0; i < 3; i++) {
      if ((rows[i] ?? 0) >= (wanted[i] ?? 0)) continue;
      const load = (rows[i] ?? 0) / (weights[i] ?? 1);
      if (next < 0 || load < (rows[next] ?? 0) / (weights[next] ?? 1)) next = i;
    }
    if (next < 0) break;
    rows[next] = (rows[next] ?? 0) + 1;
    left -= 1;
  }
  return { rows, gaps };
}
