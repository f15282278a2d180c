import { z } from 'zod';
import { READ_ONLY, type ToolDefinition } from '../definition.ts';
import { shape } from '../shape.ts';
import type { Roots } from './roots.ts';
import { RISK_PARAMETERS, type ScanReport, scanRiskParameters } from './scan/scan.ts';

/** Listed in one answer, of each list; counts always cover all of them. */
const MAX_LISTED = 80;

const input = z.strictObject({
  parameters: z
    .array(z.enum(RISK_PARAMETERS as [string, ...string[]]))
    .max(RISK_PARAMETERS.length)
    .default([])
    .describe('Which parameters; all when empty.'),
  kind: z
    .enum(['all', 'definition', 'read', 'write'])
    .default('all')
    .describe('Which usages to list.'),
});

const usage = z.strictObject({
  parameter: z.string(),
  kind: z.enum(['definition', 'read', 'write']),
  path: z.string(),
  line: z.int(),
  text: z.string(),
  by: z.enum(['syntax', 'pattern']),
});

const output = z.strictObject({
  parameters: z.array(
    z.strictObject({
      parameter: z.string(),
      definitions: z.int(),
      reads: z.int(),
      writes: z.int(),
    }),
  ),
  flagged: z.array(usage).describe('Writes outside the config and core folders: look at each.'),
  usages: z.array(usage),
  totalUsages: z.int(),
  filesScanned: z.int(),
  unparsed: z
    .array(z.string())
    .describe('Files judged by pattern because they could not be parsed.'),
});
type Output = z.output<typeof output>;

export function scanTool(roots: Roots): ToolDefinition<z.output<typeof input>, Output> {
  return {
    name: 'scan_risk_parameters',
    title: 'Scan risk parameters',
    description:
      'Lists where each risk parameter (MAX_DAILY_LOSS and the like, in any spelling) is defined, ' +
      'read and WRITTEN, ' +
      'and flags every write outside the config and core folders.',
    hints: READ_ONLY,
    input: shape(input, 'input'),
    output: shape(output, 'output'),
    timeoutMs: 60_000,
    async run({ parameters, kind }, { signal, progress }) {
      const wanted = parameters.length > 0 ? parameters : RISK_PARAMETERS;
      const report = await scanRiskParameters(roots, wanted, signal, (done, total) =>
        progress(done, total, `${done} of ${total} files`),
      );
      return answer(report, kind);
    },
    render,
  };
}

function answer(report: ScanReport, kind: string): Output {
  const listed = report.usages.filter((one) => kind === 'all' || one.kind === kind);
  const { parameters, flagged, filesScanned, unparsed } = report;
  const usages = listed.slice(0, MAX_LISTED);
  return {
    parameters,
    flagged: flagged.slice(0, MAX_LISTED),
    usages,
    totalUsages: listed.length,
    filesScanned,
    unparsed: unparsed.slice(0, MAX_LISTED),
  };
}

function render({ parameters, flagged, usages, totalUsages, filesScanned }: Output): string {
  const table = parameters.map(
    (one) =>
      `${one.parameter}: ${one.definitions} definitions, ${one.reads} reads, ${one.writes} writes`,
  );
  const place = (one: Output['usages'][number]) =>
    `${one.path}:${one.line} ${one.kind} ${one.parameter}: ${one.text}`;
  const alarm =
    flagged.length === 0
      ? ['No write outside config and core.']
      : ['FLAGGED writes:', ...flagged.map(place)];
  const rest =
    totalUsages > usages.length
      ? [`(${totalUsages - usages.length} more usages: name parameters or a kind)`]
      : [];
  return [`${filesScanned} files scanned`, ...table, ...alarm, ...usages.map(place), ...rest].join(
    '\n',
  );
}
