import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { openScreen } from '../../src/screen/live.ts';
import { openUpTerminal } from '../../src/screen/up-terminal.ts';
import { fakeUpView } from '../fakes/up-view.ts';

function terminal(size: { columns?: number; rows?: number } = { columns: 80, rows: 24 }) {
  const written: string[] = [];
  const emitter = new EventEmitter();
  return Object.assign(emitter, { ...size, written, write: (text: string) => written.push(text) });
}

test('writes only what changed, in one piece, and restores the terminal', () => {
  const fake = terminal();
  const screen = openScreen(fake);
  expect(fake.written.shift()).toContain('\u001b[?1049h');
  screen.draw(['one', 'two', 'three']);
  screen.draw(['one', 'TWO', 'three']);
  screen.draw(['one', 'TWO', 'three']);
  screen.draw(['one']);
  expect(fake.written).toHaveLength(3);
  expect(fake.written[0]).toContain('\u001b[2J');
  expect(fake.written[1]).toBe('\u001b[?2026h\u001b[2;1H\u001b[2KTWO\u001b[?2026l');
  expect(fake.written[2]).toBe('\u001b[?2026h\u001b[2;1H\u001b[J\u001b[?2026l');
  fake.emit('resize');
  screen.draw(['one']);
  expect(fake.written.at(-1)).toBe('\u001b[?2026h\u001b[2J\u001b[1;1H\u001b[2Kone\u001b[?2026l');
  screen.close();
  expect(fake.written.at(-1)).toContain('\u001b[?1049l');
  expect(fake.listenerCount('resize')).toBe(0);
});

test('a terminal that does not know its size is taken for 80x24', () => {
  expect(openScreen(terminal({})).size()).toEqual({ columns: 80, rows: 24 });
});

const same = (text: string) => text;
const plain = { good: same, warn: same, bad: same, dim: same, strong: same };

test('draws at once and on resize; Ctrl-C and q quit; the keyboard is given back', () => {
  const fake = terminal();
  const modes: boolean[] = [];
  const keyboard = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (raw: boolean) => modes.push(raw),
    pause: () => {},
  });
  let quits = 0;
  const shown = openUpTerminal({
    terminal: fake,
    keyboard,
    paint: plain,
    view: () => fakeUpView(),
    onQuit: () => {
      quits += 1;
    },
  });
  expect(fake.written.at(-1)).toContain('all well');
  fake.columns = 100;
  fake.emit('resize');
  expect(fake.written.at(-1)).toContain('\u001b[2J');
  for (const key of ['x', 'q', '\u0003']) keyboard.emit('data', Buffer.from(key));
  expect(quits).toBe(2);
  shown.close();
  expect(modes).toEqual([true, false]);
  expect(keyboard.listenerCount('data')).toBe(0);
});

test('without a keyboard it only draws', () => {
  const fake = terminal();
  const keyboard = Object.assign(new EventEmitter(), { pause: () => {} });
  const options = { terminal: fake, keyboard, paint: plain, onQuit: () => {} };
  const shown = openUpTerminal({ ...options, view: () => fakeUpView() });
  expect(keyboard.listenerCount('data')).toBe(0);
  shown.close();
});
