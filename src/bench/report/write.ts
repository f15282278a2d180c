import { CONDITIONS } from '../../core/bench/schedule.ts';
import { machineWords } from '../machine.ts';
import type { BenchReport } from '../result.ts';
import { impactPlots, scalePlots } from './plots.ts';
import { escapeHtml } from './svg.ts';
import { type TextTable, tablesOf } from './tables.ts';

/** One file that needs no other and no network. */
export function htmlOf(report: BenchReport): string {
  const plots = plotsOf(report);
  const title = `pmcp bench: ${report.status}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c1c1c; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 } caption { text-align: left; font-weight: bold }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #ddd }
.PASS { color: #1d6b3a } .FAIL { color: #b3261e } .INCONCLUSIVE { color: #8a5a00 }
svg { width: 100%; height: auto; font-size: 12px } .g { stroke: #e4e4e4 }
</style></head><body>
<h1>pmcp bench: <span class="${report.status}">${report.status}</span></h1>
<p>${escapeHtml(machineWords(report.machine))}</p>
${tablesOf(report).map(htmlTable).join('\n')}
${plots.join('\n')}
</body></html>
`;
}

function plotsOf(report: BenchReport): string[] {
  if (report.kind === 'all') return report.reports.flatMap(plotsOf);
  if (report.kind === 'impact') return impactPlots(report);
  return report.kind === 'scale' ? scalePlots(report) : [];
}

function htmlTable({ title, head, rows, notes }: TextTable): string {
  const cell = (name: string, words: string) =>
    `<${name}${/^[A-Z]{4,}$/.test(words) ? ` class="${words}"` : ''}>${escapeHtml(words)}</${name}>`;
  const line = (name: string, cells: string[]) =>
    `<tr>${cells.map((words) => cell(name, words)).join('')}</tr>`;
  const table =
    `<table><caption>${escapeHtml(title)}</caption>\n${line('th', head)}\n` +
    `${rows.map((row) => line('td', row)).join('\n')}\n</table>\n`;
  return (
    (rows.length > 0 ? table : `<h2>${escapeHtml(title)}</h2>\n`) +
    notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')
  );
}

/** For docs/benchmarks.md: the tables, and with what they were measured. */
export function markdownOf(report: BenchReport): string {
  const measured = `Measured ${machineWords(report.machine)}.`;
  const tables = tablesOf(report).map(markdownTable);
  const parts = report.kind === 'all' ? [HEAD, measured, ...tables] : [...tables, measured];
  return `${parts.join('\n\n')}\n`;
}

const HEAD = `# Benchmarks

Written by \`pmcp bench all --markdown\`: change nothing here by hand. Ratios are ours over the peer's,
measured in turns in the same run; times alone say as much about the machine. A status comes from
the whole 95 % interval: PASS within the goal, FAIL beyond it, INCONCLUSIVE across it. Why a goal is
missed: [performance.md](performance.md).`;

function markdownTable({ title, head, rows, notes }: TextTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((words) => words.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  return [`## ${title}`, ...(rows.length > 0 ? [table] : []), ...notes].join('\n\n');
}

/** One line a reading of an impact run; one line a row of the others. */
export function csvOf(report: BenchReport): string {
  if (report.kind !== 'impact') {
    const [table] = tablesOf(report);
    return [table?.head ?? [], ...(table?.rows ?? [])].map(csvLine).join('');
  }
  const head = csvLine(['condition', 'block_start_s', 'latency_ms', 'response_ms']);
  const blocks = report.quads.flatMap(({ blocks }) => blocks);
  const lines = CONDITIONS.flatMap((condition) =>
    blocks
      .filter((block) => block.condition === condition)
      .flatMap(({ startSeconds, latencies, responses }) => {
        const start = startSeconds.toFixed(3);
        const many = Math.max(latencies.length, responses.length);
        return Array.from({ length: many }, (_, i) =>
          csvLine([condition, start, number(latencies[i]), number(responses[i])]),
        );
      }),
  );
  return head + lines.join('');
}

function number(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4);
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) =>
    /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(',')}\r\n`;
}
