import type { Paint } from '../command.ts';
import { openScreen, type Terminal } from './live.ts';
import { type UpView, upLines } from './up-view.ts';

/** The full-screen form of `up`: drawn twice a second, and at once when the size changes. */
export interface UpTerminal {
  close(): void;
}

/** What is read of process.stdin. */
export interface Keyboard {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  off(event: 'data', listener: (bytes: Buffer) => void): unknown;
  pause(): unknown;
}

export interface UpTerminalOptions {
  terminal: Terminal;
  keyboard: Keyboard;
  paint: Paint;
  view(): UpView;
  /** Ctrl-C or q was typed. */
  onQuit(): void;
}

const FRAME_MS = 500;
const CTRL_C = 3;

export function openUpTerminal(options: UpTerminalOptions): UpTerminal {
  const { terminal, keyboard, paint, view } = options;
  const screen = openScreen(terminal);
  const frame = () => {
    const { columns, rows } = screen.size();
    screen.draw(upLines(view(), columns, rows, paint));
  };
  const typed = (bytes: Buffer) => {
    if (bytes.includes(CTRL_C) || bytes.includes('q')) options.onQuit();
  };
  // Raw, so that typed characters do not scribble over the picture; Ctrl-C then comes as a byte.
  const raw = keyboard.isTTY === true;
  if (raw) {
    keyboard.setRawMode?.(true);
    keyboard.on('data', typed);
  }
  terminal.on('resize', frame);
  const timer = setInterval(frame, FRAME_MS);
  frame();
  return {
    close: () => {
      clearInterval(timer);
      terminal.off('resize', frame);
      if (raw) {
        keyboard.off('data', typed);
        keyboard.setRawMode?.(false);
        keyboard.pause();
      }
      screen.close();
    },
  };
}
