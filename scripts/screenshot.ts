import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Draws docs/npm-start.svg: the last screen of a real run of `pmcp up` in a terminal of 100 x 30.
 * Needs `script` (util-linux). `node scripts/screenshot.ts [seconds]`
 */
const COLUMNS = 100;
const ROWS = 30;
const root = resolve(import.meta.dirname, '..');

const ESCAPE = String.fromCharCode(27);
/** A control sequence with its parameters and verb, or one character. */
const SEQUENCES = new RegExp(`${ESCAPE}\\[([?\\d;]*)([A-Za-z])|[^${ESCAPE}]`, 'gu');

interface Cell {
  character: string;
  style: string;
}

const styles: Record<string, string> = {
  '0': '',
  '1': 'font-weight="bold"',
  '2': 'fill="#8b949e"',
  '31': 'fill="#ff7b72"',
  '32': 'fill="#56d364"',
  '33': 'fill="#e3b341"',
};

/** What a run writes to a terminal, byte for byte. */
function record(seconds: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-screenshot-'));
  const log = join(directory, 'typescript');
  const size = `stty cols ${COLUMNS} rows ${ROWS}`;
  const data = join(directory, 'data');
  const command = `${size}; '${root}/bin/pmcp' up --duration ${seconds} --data-dir '${data}'`;
  try {
    execFileSync('script', ['-qec', command, log], { cwd: directory, stdio: 'ignore' });
    return readFileSync(log, 'utf8');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The screen as it stood when the program left it. Knows the sequences that src/screen writes. */
function lastScreen(output: string): Cell[][] {
  const [, screen = ''] = output.split(`${ESCAPE}[?1049h`);
  const [drawn = ''] = screen.split(`${ESCAPE}[?1049l`);
  const blank = (): Cell[] =>
    Array.from({ length: COLUMNS }, () => ({ character: ' ', style: '' }));
  const rows = Array.from({ length: ROWS }, blank);
  let [row, column, style] = [0, 0, ''];
  for (const [text, parameters, verb] of drawn.matchAll(SEQUENCES)) {
    if (verb === 'H') [row = 1, column = 1] = (parameters || '1;1').split(';').map(Number);
    if (verb === 'H') [row, column] = [row - 1, column - 1];
    if (verb === 'K') rows[row] = blank();
    if (verb === 'm') style = styles[parameters || '0'] ?? style;
    const cell = verb === undefined ? rows[row]?.[column++] : undefined;
    if (cell) Object.assign(cell, { character: text, style });
  }
  return rows;
}

function draw(rows: readonly Cell[][]): string {
  const [wide, high, margin] = [8.43, 19, 16];
  const lines = rows.map((cells, index) => {
    const runs: Cell[] = [];
    for (const { character, style } of cells) {
      const last = runs.at(-1);
      if (last?.style === style) last.character += character;
      else runs.push({ character, style });
    }
    const spans = runs.map(
      ({ character, style }) => `<tspan ${style}>${escaped(character)}</tspan>`,
    );
    return `<text x="${margin}" y="${margin + high * (index + 0.75)}">${spans.join('')}</text>`;
  });
  const [width, height] = [COLUMNS * wide + 2 * margin, ROWS * high + 2 * margin];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">
<title>A screen of npm start</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14"
 fill="#e6edf3">
${lines.join('\n')}
</g>
</svg>
`;
}

/** Spaces that no viewer folds. */
function escaped(text: string): string {
  return text
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(' ', '\u00a0');
}

const output = record(Number(process.argv[2] ?? 60));
writeFileSync(join(root, 'docs/npm-start.svg'), draw(lastScreen(output)));
