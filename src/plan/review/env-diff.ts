/** Proposals as a patch of the `.env` files that they concern; `patch -p1` applies it. */

import type { Settings } from './facts.ts';
import type { Proposal } from './proposal.ts';

/** The lines of a file by its name; undefined: there is no such file. */
export type ReadLines = (name: string) => readonly string[] | undefined;

export interface EnvDiff {
  /** Unified, without context: neighbouring lines may hold secrets. Empty: no file to change. */
  patch: string;
  /** What no patch can do, one sentence each. */
  byHand: string[];
}

interface Edit {
  key: string;
  /** From 1; 0: added at the end. */
  line: number;
  removed: string | undefined;
  added: string;
}

/** `newFile`: where a key is added that no file sets yet. */
export function envDiff(
  proposals: readonly Proposal[],
  settings: Settings,
  newFile: string,
  readLines: ReadLines,
): EnvDiff {
  const edits = new Map<string, Edit[]>();
  const byHand: string[] = [];
  for (const { key, to } of proposals) {
    const origin = settings[key]?.origin ?? 'default';
    const place = placeOf(origin, newFile);
    if (!place) {
      byHand.push(`${key} is set by ${origin}: change it to ${to} there.`);
      continue;
    }
    const removed = place.line === 0 ? undefined : readLines(place.name)?.[place.line - 1];
    const edit: Edit = { key, line: place.line, removed, added: `${key}=${to}` };
    edits.set(place.name, [...(edits.get(place.name) ?? []), edit]);
  }
  const parts = [...edits].map(([name, some]) => filePatch(name, some, readLines(name)));
  return { patch: parts.join(''), byHand };
}

function placeOf(origin: string, newFile: string): { name: string; line: number } | undefined {
  if (origin === 'default') return { name: newFile, line: 0 };
  const found = /^(\.env[\w.]*):(\d+)$/.exec(origin);
  return found ? { name: found[1] ?? '', line: Number(found[2]) } : undefined;
}

function filePatch(
  name: string,
  edits: readonly Edit[],
  lines: readonly string[] | undefined,
): string {
  const changed = edits.filter(({ line }) => line > 0).sort((a, b) => a.line - b.line);
  const added = edits.filter(({ line }) => line === 0);
  const last = lines?.length ?? 0;
  const hunks = changed.map(
    ({ line, removed, added: now }) => `@@ -${line} +${line} @@\n-${removed}\n+${now}\n`,
  );
  if (added.length > 0) {
    const from = last + 1;
    const count = added.length === 1 ? '' : `,${added.length}`;
    hunks.push(
      `@@ -${last},0 +${from}${count} @@\n${added.map((one) => `+${one.added}\n`).join('')}`,
    );
  }
  const before = lines ? `a/${name}` : '/dev/null';
  return `--- ${before}\n+++ b/${name}\n${hunks.join('')}`;
}
