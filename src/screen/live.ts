/** A full screen that is drawn again and again without flicker, and leaves no trace. */
export interface LiveScreen {
  /** Shows these lines; only what changed is written, in one piece. */
  draw(lines: readonly string[]): void;
  size(): { columns: number; rows: number };
  /** Restores what was on the terminal before. */
  close(): void;
}

/** What the screen needs of process.stdout. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Terminals that know it show the frame at once; others ignore it. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

export function openScreen(terminal: Terminal): LiveScreen {
  let shown: readonly string[] = [];
  let cleared = false;
  const forget = () => {
    cleared = false;
  };
  terminal.write(ENTER);
  terminal.on('resize', forget);
  return {
    draw: (lines) => {
      let frame = '';
      if (!cleared) {
        frame = '\u001b[2J';
        shown = [];
      }
      for (const [i, line] of lines.entries()) {
        // Erased first: behind a line of full width the erasure would take its last character.
        if (shown[i] !== line) frame += `\u001b[${i + 1};1H\u001b[2K${line}`;
      }
      // A shorter frame leaves nothing of the longer one behind.
      if (shown.length > lines.length) frame += `\u001b[${lines.length + 1};1H\u001b[J`;
      cleared = true;
      shown = [...lines];
      if (frame !== '') terminal.write(BEGIN + frame + END);
    },
    size: () => ({ columns: terminal.columns ?? 80, rows: terminal.rows ?? 24 }),
    close: () => {
      terminal.off('resize', forget);
      terminal.write(LEAVE);
    },
  };
}
