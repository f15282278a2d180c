import type { Usage } from './usage.ts';

/** For languages without a parser here (Python above all): one judgement a line. */
export function usagesByPattern(
  path: string,
  source: string,
  names: ReadonlyMap<string, string>,
): Usage[] {
  const word = new RegExp(`(?<![\\w])(${[...names.keys()].join('|')})(?![\\w])`, 'g');
  const found: Usage[] = [];
  for (const [index, raw] of source.split('\n').entries()) {
    const line = raw.replace(/(^|\s)(#|\/\/).*$/, '');
    for (const match of line.matchAll(word)) {
      const name = match[1] ?? '';
      const after = line.slice(match.index + name.length);
      const before = line.slice(0, match.index);
      const kind = kindOf(before, after);
      const parameter = names.get(name) ?? name;
      found.push({
        parameter,
        kind,
        path,
        line: index + 1,
        text: raw.trim().slice(0, 200),
        by: 'pattern',
      });
    }
  }
  return found;
}

function kindOf(before: string, after: string): Usage['kind'] {
  const assigned = /^['"]?\]?\s*(:\s*[\w.[\], |]+)?\s*([-+*/%]|\/\/|\*\*)?=(?!=)/.exec(after);
  if (!assigned) return 'read';
  // A keyword argument or default, `f(max_loss=1)`, sets nothing that outlives the call.
  if (/[(,]\s*$/.test(before) || /\([^)]*$/.test(before)) return 'read';
  const declares = /^\s*(export\s+)?(const|let|var|final|static)?\s*$/.test(before) && !assigned[2];
  return declares ? 'definition' : 'write';
}
