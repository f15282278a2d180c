import { z } from 'zod';
import { READ_ONLY, type ServerDefinition, type ToolDefinition } from '../definition.ts';
import { shape } from '../shape.ts';
import type { SearchEngine } from './engine.ts';
import { BUILT_IN_PATTERNS, type NamedPattern } from './patterns.ts';
import { readSource } from './read-source.ts';
import { RISK_PARAMETERS } from './scan/scan.ts';
import { scanTool } from './scan-tool.ts';
import { findSymbol, searchCode, searchPattern } from './search-tools.ts';

export interface SearchServerOptions {
  version: string;
  engine: SearchEngine;
  /** The operator's own, beside the built-in ones; an equal name replaces. */
  ownPatterns: readonly NamedPattern[];
}

/** The codebase-search server: the operator's code, read-only. */
export function createSearchServer({
  version,
  engine,
  ownPatterns,
}: SearchServerOptions): ServerDefinition {
  const patterns = mergePatterns(ownPatterns);
  const { roots } = engine;
  return {
    name: 'codebase-search',
    title: 'Codebase search',
    version,
    instructions:
      'Read-only search in the source of the trading bot. Start with search_code or search_pattern; ' +
      'read_source shows what surrounds a match; scan_risk_parameters answers where a limit is used ' +
      'or written.',
    tools: [
      searchCode(engine),
      searchPattern(engine, patterns),
      listPatterns(patterns),
      readSource(engine),
      findSymbol(engine),
      scanTool(roots),
    ],
    resources: [
      {
        uri: 'codebase://patterns',
        name: 'patterns',
        title: 'Named patterns',
        description: 'The patterns that search_pattern knows.',
        mimeType: 'application/json',
        read: async () => ({
          mimeType: 'application/json',
          text: JSON.stringify(patterns, null, 2),
        }),
      },
    ],
    templates: [
      {
        uriTemplate: 'codebase://pattern/{name}',
        name: 'pattern',
        title: 'A named pattern',
        description: 'One pattern with its expression.',
        mimeType: 'application/json',
        async read({ name }) {
          const pattern = patterns.find((one) => one.name === name);
          return (
            pattern && { mimeType: 'application/json', text: JSON.stringify(pattern, null, 2) }
          );
        },
        complete: async (_, value) =>
          patterns.map((one) => one.name).filter((name) => name.startsWith(value)),
      },
    ],
    prompts: [
      {
        name: 'risk_parameter_review',
        title: 'Review a risk parameter',
        description:
          'Where one risk parameter is used, and whether anything outside config and core sets it.',
        arguments: [
          {
            name: 'parameter',
            description: 'Such as MAX_DAILY_LOSS.',
            required: true,
            complete: async (value) =>
              RISK_PARAMETERS.filter((name) => name.startsWith(value.toUpperCase())),
          },
        ],
        render: async ({ parameter = '' }) => [
          {
            role: 'user',
            text:
              `Review how ${parameter} is used. Call scan_risk_parameters for it, read each write ` +
              'and each read on the order ' +
              'path with read_source, and say: who sets it, who enforces it, whether any path to an ' +
              'order skips it, and ' +
              'what you could not tell. Quote file and line for every claim.',
          },
        ],
      },
    ],
    onChange: () => () => undefined,
  };
}

function mergePatterns(own: readonly NamedPattern[]): NamedPattern[] {
  const merged = new Map([...BUILT_IN_PATTERNS, ...own].map((pattern) => [pattern.name, pattern]));
  return [...merged.values()];
}

const listed = z.strictObject({
  patterns: z.array(
    z.strictObject({ name: z.string(), description: z.string(), regex: z.string() }),
  ),
});

function listPatterns(patterns: NamedPattern[]): ToolDefinition<object, z.output<typeof listed>> {
  return {
    name: 'list_patterns',
    title: 'List patterns',
    description: 'Lists the named patterns that search_pattern knows, with their expressions.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(listed, 'output'),
    timeoutMs: 1_000,
    run: async () => ({ patterns }),
    render: (output) =>
      output.patterns.map(({ name, description }) => `${name}: ${description}`).join('\n'),
  };
}
