/**
 * `.env` files: `KEY=value`, one a line. `export ` before it, quotes around the value and a comment
 * after it (blank, then #) are allowed; nothing is expanded. A problem never quotes the line, which
 * may hold a secret.
 */
import type { Problem } from '../errors.ts';

export interface EnvEntry {
  value: string;
  line: number;
}

export interface EnvFile {
  entries: Map<string, EnvEntry>;
  problems: Problem[];
}

type Value = { value: string } | { wrong: string };

const LINE = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', '"': '"', '\\': '\\', $: '$' };

/** `name` is how problems call the file. */
export function parseEnvFile(text: string, name: string): EnvFile {
  const entries = new Map<string, EnvEntry>();
  const problems: Problem[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at = `${name}:${index + 1}`;
    const match = LINE.exec(line);
    const key = match?.[1];
    if (!match || key === undefined) {
      const hint = 'Write KEY=value; a comment begins with #.';
      problems.push({ message: `${at}: this line is no setting`, hint });
      continue;
    }
    const parsed = parseValue(match[2] ?? '');
    const earlier = entries.get(key);
    if ('wrong' in parsed) {
      problems.push({ message: `${key}: ${parsed.wrong} (${at})` });
    } else if (earlier) {
      const message = `${key}: set twice in ${name}, on lines ${earlier.line} and ${index + 1}`;
      problems.push({ message, hint: 'Keep one of them.' });
    } else {
      entries.set(key, { value: parsed.value, line: index + 1 });
    }
  }
  return { entries, problems };
}

function parseValue(text: string): Value {
  const quote = text[0];
  const parsed = quote === '"' || quote === "'" ? quoted(text, quote) : bare(text);
  if ('value' in parsed && hasControl(parsed.value)) {
    return { wrong: 'the value has a control character' };
  }
  return parsed;
}

function bare(text: string): Value {
  if (text.startsWith('#')) return { value: '' };
  const comment = text.search(/\s#/);
  return { value: (comment < 0 ? text : text.slice(0, comment)).trim() };
}

function quoted(text: string, quote: string): Value {
  let value = '';
  let i = 1;
  for (; i < text.length && text[i] !== quote; i++) {
    const char = text[i] ?? '';
    const escaped = quote === '"' && char === '\\' ? ESCAPES[text[i + 1] ?? ''] : undefined;
    value += escaped ?? char;
    if (escaped !== undefined) i++;
  }
  if (i >= text.length) return { wrong: `the closing ${quote} is missing` };
  const rest = text.slice(i + 1).trim();
  return rest === '' || rest.startsWith('#')
    ? { value }
    : { wrong: `text follows the closing ${quote}` };
}

/** Tabs and line ends may be meant; nothing else below a blank is. */
function hasControl(value: string): boolean {
  for (const char of value) {
    const code = char.charCodeAt(0);
    if ((code < 32 && code !== 9 && code !== 10) || code === 127) return true;
  }
  return false;
}
