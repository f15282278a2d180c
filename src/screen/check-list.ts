import type { Paint } from '../command.ts';
import { clean, cut, width } from './cells.ts';

/** A check of a list that is worked through. */
export interface CheckLine {
  title: string;
  result: string;
  detail: string;
  durationMs: number;
  /** What to do about it, when it did not pass. */
  fix: string | undefined;
  id: string;
}

export interface CheckList {
  heading(text: string): void;
  /** One is begun; replaced when it ends. */
  begin(title: string): void;
  /** What it is doing just now. */
  progress(text: string): void;
  end(line: CheckLine): void;
  close(): void;
}

interface Terminal {
  write(text: string): unknown;
  columns?: number;
  isTTY?: boolean;
}

const TONES: Readonly<Record<string, keyof Paint>> = {
  PASS: 'good',
  FAIL: 'bad',
  SKIPPED: 'warn',
  INCONCLUSIVE: 'warn',
};
const ERASE = '\r\u001b[2K';
const TITLE_COLUMNS = 58;

/** A line a check. On a terminal the last line tells what is going on; in a pipe nothing moves. */
export function createCheckList(terminal: Terminal, paint: Paint): CheckList {
  const live = terminal.isTTY === true;
  let title = '';
  let sinceTick = 0;
  let doing = '';
  const columns = () => terminal.columns || 100;
  const draw = () => {
    if (!live || title === '') return;
    const seconds = Math.round((performance.now() - sinceTick) / 1000);
    const text = `    ..  ${title}  ${seconds} s  ${clean(doing)}`;
    terminal.write(`${ERASE}${paint.dim(cut(text, columns() - 1))}`);
  };
  const erase = () => live && terminal.write(ERASE);
  const timer = live ? setInterval(draw, 1000) : undefined;
  timer?.unref();
  return {
    heading(text) {
      erase();
      terminal.write(`\n${paint.strong(text)}\n`);
    },
    begin(next) {
      title = next;
      doing = '';
      sinceTick = performance.now();
      draw();
    },
    progress(text) {
      doing = text;
      draw();
    },
    end(line) {
      erase();
      title = '';
      for (const text of checkWords(line, paint, live ? columns() : 1000)) {
        terminal.write(`${text}\n`);
      }
    },
    close() {
      erase();
      title = '';
      clearInterval(timer);
    },
  };
}

/** "PASS  All tests pass   1.2 s  33 passed"; what did not pass says more, in lines below. */
export function checkWords(line: CheckLine, paint: Paint, columns: number): string[] {
  const { result, durationMs, title, fix, id } = line;
  const time = durationMs < 1000 ? `${durationMs} ms` : `${(durationMs / 1000).toFixed(1)} s`;
  const tone = paint[TONES[result] ?? 'strong'];
  const label = title + ' '.repeat(Math.max(0, TITLE_COLUMNS - width(title)));
  const detail = clean(line.detail);
  const start = `  ${result.padEnd(12)}  ${label}  ${time.padStart(8)}`;
  const head = `  ${tone(result.padEnd(12))}  ${label}  ${time.padStart(8)}`;
  if (result === 'PASS') {
    const room = columns - width(start) - 3;
    return [room < 12 ? head : `${head}  ${paint.dim(cut(detail, room))}`];
  }
  const lines = [`${head}  ${paint.dim(id)}`, ...wrapped(detail, columns)];
  return fix === undefined
    ? lines
    : [...lines, ...wrapped(`Fix: ${fix}`, columns).map((text) => paint.dim(text))];
}

const INDENT = ' '.repeat(16);

function wrapped(text: string, columns: number): string[] {
  const room = Math.max(30, columns - INDENT.length - 1);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + width(word) + 1 > room) {
      lines.push(INDENT + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, INDENT + line];
}
