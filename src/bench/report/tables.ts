import { figure, intervalWords } from '../../core/bench/figure.ts';
import type { ImpactRow } from '../../core/bench/impact.ts';
import { nameOf } from '../history.ts';
import type {
  BenchReport,
  Comparison,
  GoalRow,
  ImpactReport,
  SingleReport,
  SuiteReport,
} from '../result.ts';

/** A report as plain tables: terminal, Markdown and HTML draw the same ones. */
export interface TextTable {
  title: string;
  head: string[];
  rows: string[][];
  notes: string[];
}

export function tablesOf(report: BenchReport): TextTable[] {
  if (report.kind === 'all') return [summaryTable(report), ...report.reports.flatMap(tablesOf)];
  if (report.kind === 'scale') return [scaleTable(report)];
  const compared = report.compared ? [comparisonTable(report.compared)] : [];
  const goals = report.goals.length > 0 ? [goalTable(report)] : [];
  if (report.kind === 'component') return [componentTable(report), ...goals, ...compared];
  return [...impactTables(report), ...goals, ...compared];
}

/** Every figure that has a goal, in one place. */
function summaryTable({ reports }: SuiteReport): TextTable {
  const rows = reports.flatMap((report) =>
    judgedOf(report).map((cells) => [nameOf(report), ...cells]),
  );
  const count = (status: string) => rows.filter((row) => row.at(-1) === status).length;
  const words = ['PASS', 'FAIL', 'INCONCLUSIVE'].map((status) => `${count(status)} ${status}`);
  return {
    title: 'Goals',
    head: ['Part', 'What', 'Measured (95 %)', 'Goal', 'Status'],
    rows,
    notes: [words.join(', ')],
  };
}

function judgedOf(report: SingleReport): string[][] {
  if (report.kind === 'scale') {
    return report.rows.map(({ what, unit, exponent, atMost, status }) => [
      `${what}: growth with ${unit}`,
      `size ^ ${intervalWords(exponent)}`,
      `<= size ^ ${atMost}`,
      status,
    ]);
  }
  const goals = report.goals.map(goalCells);
  if (report.kind === 'impact') {
    const plan = report.rows.map((row) => [row.metric, row.with, row.maxAllowable, row.status]);
    return [...plan, ...goals];
  }
  const rows = report.rows.flatMap(({ what, peer, ratio, goal, status }) =>
    goal === null || status === null
      ? []
      : [[`${what} / ${peer}`, `${intervalWords(ratio)} x`, `<= ${figure(goal)} x`, status]],
  );
  const absent = report.absent.map((what) => [`not measured: ${what}`, '', '', 'INCONCLUSIVE']);
  return [...rows, ...goals, ...absent];
}

function goalCells({ what, unit, measured, most, status }: GoalRow): string[] {
  return [what, `${intervalWords(measured)} ${unit}`, `<= ${figure(most)} ${unit}`, status];
}

function goalTable(report: Exclude<SingleReport, { kind: 'scale' }>): TextTable {
  return {
    title: `Goals of ${nameOf(report)}`,
    head: ['What', 'Measured (95 %)', 'Goal', 'Status'],
    rows: report.goals.map(goalCells),
    notes: [],
  };
}

function impactTables(report: Extract<BenchReport, { kind: 'impact' }>): TextTable[] {
  const { rows, details, control, copied, unanswered, skipped, options } = report;
  const spread = `${figure(100 * control.result.expectedHalfWidth)} %`;
  const skips = Object.entries(skipped).map(([reason, count]) => `${reason} ${count}`);
  const head = ['Metric', 'Without MCP', 'With MCP', 'Max Allowable', 'Status'];
  const tables: TextTable[] = [
    {
      title: 'Impact of the mcp process on trading',
      head,
      rows: rows.map((row) => [row.metric, row.without, row.with, row.maxAllowable, row.status]),
      notes: [
        report.message,
        `${options.rate} leader fills a second among ${options.others} others: ${copied} copied, ` +
          `${unanswered} unanswered${skips.length > 0 ? `, skipped: ${skips.join(', ')}` : ''}`,
        `the mcp process had ${report.held}`,
        askedWords(report.asked),
        `same against same: ${intervalWords(control.ratio)}; this run can tell ${spread}`,
      ],
    },
  ];
  if (rows.length === 0) return tables;
  tables.push({
    title: 'What was judged: 95 % intervals',
    head: ['Metric', 'Figure', 'Interval', 'Budget', 'Status', 'Basis'],
    rows: rows.flatMap(judgedRows),
    notes: [],
  });
  tables.push({
    title: 'The other condition of the mcp process (not part of the verdict)',
    head: ['Metric', 'Figure', 'Interval', 'Budget', 'Status', 'Basis'],
    rows: details.flatMap(judgedRows),
    notes: [],
  });
  return tables;
}

function askedWords({ done, failed }: ImpactReport['asked']): string {
  const words = (some: Record<string, number>) =>
    Object.entries(some)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ') || 'nothing';
  return `while busy it answered: ${words(done)}; failed: ${words(failed)}`;
}

function judgedRows({ metric, basis, judged }: ImpactRow): string[][] {
  return judged.map(({ name, interval, most, status, watched }) => [
    metric,
    watched ? `${name} (watched)` : name,
    intervalWords(interval),
    String(most),
    status,
    basis,
  ]);
}

function componentTable(report: Extract<BenchReport, { kind: 'component' }>): TextTable {
  return {
    title: `pmcp bench ${report.name}`,
    head: ['What', 'Time', 'Beside', 'Time', 'Ratio (95 %)', 'Goal', 'Status'],
    rows: report.rows.map((row) => [
      row.what,
      timeWords(row.nanoseconds),
      row.peer,
      timeWords(row.peerNanoseconds),
      intervalWords(row.ratio),
      row.goal === null ? '' : `<= ${figure(row.goal)}`,
      row.status ?? '',
    ]),
    notes: [...report.notes, ...report.absent.map((what) => `not measured: ${what}`)],
  };
}

function scaleTable(report: Extract<BenchReport, { kind: 'scale' }>): TextTable {
  return {
    title: 'pmcp bench scale',
    head: ['What', 'Sizes', 'Cost, microseconds', 'Exponent (95 %)', 'Status'],
    rows: report.rows.map(({ what, unit, points, exponent, status }) => [
      what,
      `${points.map(({ size }) => sizeWords(size)).join(', ')} ${unit}`,
      points.map(({ cost }) => figure(cost)).join(', '),
      intervalWords(exponent),
      status,
    ]),
    notes: [],
  };
}

function comparisonTable({ file, takenAt, lines }: Comparison): TextTable {
  return {
    title: `Against ${file} of ${takenAt.slice(0, 16).replace('T', ' ')} UTC`,
    head: ['Figure', 'Then', 'Now', 'Now / then (95 %)'],
    rows: lines.map(({ what, earlier, now, ratio, low, high }) => [
      what,
      figure(earlier),
      figure(now),
      `${figure(ratio)} (${figure(low)} to ${figure(high)})`,
    ]),
    notes: [],
  };
}

export function timeWords(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${figure(nanoseconds)} ns`;
  if (nanoseconds < 1e6) return `${figure(nanoseconds / 1e3)} us`;
  return `${figure(nanoseconds / 1e6)} ms`;
}

function sizeWords(size: number): string {
  return String(size).replace(/\B(?=(\d{3})+$)/g, ',');
}
