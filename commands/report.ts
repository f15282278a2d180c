import { defineCommand, type Outcome } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';
import type { Report } from '../src/plan/report/model.ts';

const FORMATS = ['md', 'html', 'json', 'junit'] as const;
type Format = (typeof FORMATS)[number];

export default defineCommand({
  name: 'report',
  summary: 'the report of a verification, from its evidence',
  description: `Fills the integration test plan’s report template from the evidence of \`pmcp verify\`: results of
every phase, performance summary, issues with severity and fix, recommendations, conclusion, lines
to sign, and a matrix from the plan’s objectives and success criteria to their evidence.

md: Markdown. html: one page without external resources, for the screen and for paper. json: for
machines, and for --recorded. junit: for continuous integration; a required check without an answer
is an error there.

The exit code is 0 however the verification ended: see \`pmcp verify\`.`,
  examples: [
    'pmcp report',
    'pmcp report --format html --out report.html',
    'pmcp report --format junit --out verify.xml',
    'pmcp report --run 20260101T120000Z --format json',
  ],
  options: [
    { flags: '--run <id>', summary: 'which run (default: the newest)' },
    {
      flags: '--format <format>',
      summary: 'md, html, json or junit (default: by the name of --out, or md)',
      choices: FORMATS,
    },
    { flags: '--out <file>', summary: 'write it there instead of printing it' },
  ],
  async run(options, context): Promise<Outcome | undefined> {
    const { findRun, openRun } = await import('../src/plan/store.ts');
    const { reportOf } = await import('../src/plan/report/model.ts');
    const dataDir = await context.dataDir();
    const wanted = options['run'];
    const meta = findRun(dataDir, wanted === undefined ? undefined : String(wanted));
    const report = reportOf(meta, openRun(dataDir, meta.id).evidence());
    const out = options['out'] === undefined ? undefined : String(options['out']);
    const format = formatOf(options['format'], out);
    const text = await drawn(report, format);
    if (out === undefined) {
      if (context.flags.json) return { schema: 'pmcp.report', version: 1, data: report };
      context.out.line(text.trimEnd());
      return undefined;
    }
    const { writeFileAtomic } = await import('../src/state/atomic-file.ts');
    try {
      writeFileAtomic(out, text, 0o644);
    } catch (error) {
      throw new UsageError(`--out ${out} cannot be written: ${String(error)}`);
    }
    const data = { file: out, format, verdict: report.verdict, run: meta.id };
    return { schema: 'pmcp.report.file', version: 1, data };
  },
  render({ data }) {
    const { file, verdict, run } = data as { file: string; verdict: string; run: string };
    return `${file}: ${verdict}, run ${run}`;
  },
});

const BY_NAME: Readonly<Record<string, Format>> = {
  md: 'md',
  html: 'html',
  htm: 'html',
  json: 'json',
  xml: 'junit',
};

function formatOf(given: unknown, out: string | undefined): Format {
  const named = FORMATS.find((format) => format === given);
  return named ?? BY_NAME[out?.split('.').at(-1) ?? ''] ?? 'md';
}

async function drawn(report: Report, format: Format): Promise<string> {
  if (format === 'html') return (await import('../src/plan/report/html.ts')).htmlOf(report);
  if (format === 'junit') return (await import('../src/plan/report/junit.ts')).junitOf(report);
  if (format === 'md') return (await import('../src/plan/report/markdown.ts')).markdownOf(report);
  const document = { schema: 'pmcp.report', version: 1, ...report };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
