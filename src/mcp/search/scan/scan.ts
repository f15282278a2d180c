import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { schema } from '../../../config/schema.ts';
import { filesMatching } from '../ripgrep.ts';
import type { Roots } from '../roots.ts';
import { usagesByPattern } from './pattern.ts';
import { spellings, type Usage } from './usage.ts';

/** The keys whose change alters what may be lost. */
export const RISK_PARAMETERS: readonly string[] = Object.entries(schema)
  .filter(([key, spec]) => spec.group === 'Risk' || /^(MIN|MAX)_TRADE_AMOUNT$/.test(key))
  .map(([key]) => key);

export interface ParameterScan {
  parameter: string;
  definitions: number;
  reads: number;
  writes: number;
}

export interface ScanReport {
  parameters: ParameterScan[];
  usages: Usage[];
  /** Writes outside the config and core folders: each is to be looked at. */
  flagged: Usage[];
  filesScanned: number;
  /** Files that could not be parsed and were judged by pattern instead. */
  unparsed: string[];
}

const SYNTAX = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']);
const TEXT = new Set([
  '.py',
  '.rb',
  '.go',
  '.rs',
  '.java',
  '.kt',
  '.sh',
  '.c',
  '.cc',
  '.cpp',
  '.h',
]);
/** Where a risk parameter may be set. */
const OWNERS = /(^|\/)(config|core)\//;

/** Reads only the files that name a parameter; those are found by ripgrep. */
export async function scanRiskParameters(
  roots: Roots,
  parameters: readonly string[],
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<ScanReport> {
  const names = new Map(
    parameters.flatMap((parameter) => spellings(parameter).map((name) => [name, parameter])),
  );
  const files = await filesNaming([...names.keys()], roots, signal);
  const usages: Usage[] = [];
  const unparsed: string[] = [];
  for (const [index, file] of files.entries()) {
    signal.throwIfAborted();
    const source = await readFile(file, 'utf8');
    const shown = roots.show(file);
    const bySyntax = SYNTAX.has(extname(file)) ? await parse(shown, source, names) : undefined;
    if (!bySyntax && SYNTAX.has(extname(file))) unparsed.push(shown);
    usages.push(...(bySyntax ?? usagesByPattern(shown, source, names)));
    progress(index + 1, files.length);
  }
  return {
    parameters: parameters.map((parameter) => count(parameter, usages)),
    usages,
    flagged: usages.filter((usage) => usage.kind === 'write' && !OWNERS.test(usage.path)),
    filesScanned: files.length,
    unparsed,
  };
}

async function parse(path: string, source: string, names: ReadonlyMap<string, string>) {
  // The parser is native and large: loaded by the first scan, not by the daemon.
  const { usagesBySyntax } = await import('./syntax.ts');
  return usagesBySyntax(path, source, names);
}

/** More files than this naming risk parameters are not one bot. */
const MAX_FILES = 5_000;

async function filesNaming(
  names: readonly string[],
  roots: Roots,
  signal: AbortSignal,
): Promise<string[]> {
  const pattern = `\\b(${names.join('|')})\\b`;
  const paths = roots.directories;
  const files = await filesMatching(
    { pattern, literal: false, caseMode: 'sensitive', globs: [], paths, contextLines: 0 },
    MAX_FILES,
    signal,
  );
  return files.filter((file) => SYNTAX.has(extname(file)) || TEXT.has(extname(file)));
}

function count(parameter: string, usages: readonly Usage[]): ParameterScan {
  const of = (kind: Usage['kind']) =>
    usages.filter((usage) => usage.parameter === parameter && usage.kind === kind).length;
  return { parameter, definitions: of('definition'), reads: of('read'), writes: of('write') };
}
