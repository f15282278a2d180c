import { explain, type Trail } from '../src/bot/explain.ts';
import { CSV_COLUMNS, csvLine, exportRow } from '../src/bot/export.ts';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { FailedError, UsageError } from '../src/errors.ts';
import { money, price, shares } from '../src/screen/format.ts';
import { draw } from '../src/screen/spans.ts';
import { table } from '../src/screen/table.ts';
import {
  type DecisionFilter,
  type JournalArchive,
  openJournalArchive,
} from '../src/state/journal-archive.ts';
import type { DecisionRow } from '../src/state/journal-rows.ts';
import { pathsOf } from '../src/state/paths.ts';

const filterOptions = [
  { flags: '--wallet <address>', summary: 'of this leader only' },
  { flags: '--copied', summary: 'copied ones only' },
  { flags: '--skipped', summary: 'skipped ones only' },
  { flags: '--reason <reason>', summary: 'skipped for this reason only' },
];

const list = defineCommand({
  name: 'list',
  summary: 'the latest decisions, newest first',
  examples: ['pmcp trades list', 'pmcp trades list --copied --limit 50 --json'],
  options: [
    ...filterOptions,
    {
      flags: '--limit <count>',
      summary: 'at most so many',
      parse: 'integer',
      defaultValue: 20,
    },
  ],
  run: async (options, context): Promise<Outcome> =>
    withArchive(context, (archive) => {
      const limit = Number(options['limit']);
      if (!(limit >= 1)) throw new UsageError(`--limit: ${limit} is not a count from 1`);
      const decisions = archive.decisions({ ...filterOf(options), limit });
      return { schema: 'pmcp.trades', version: 1, data: { decisions } };
    }),
  render: ({ data }, paint) => listed((data as { decisions: DecisionRow[] }).decisions, paint),
});

const explainCommand = defineCommand({
  name: 'explain',
  summary: 'why a trade was copied or not, and what became of it',
  description: `Prints the whole trail of a leader's fill, from its detection to the settlement of
our order, with every number that the decision rested on.`,
  examples: [
    'pmcp trades explain 3f21a9c0',
    'pmcp trades explain 0x5b1e… --json',
    'pmcp trades explain exit:1234:1',
  ],
  arguments: [
    {
      name: '<id>',
      summary: 'fill id or its beginning, order id, transaction hash, or an exit’s id',
    },
  ],
  run: async (options, context): Promise<Outcome> =>
    withArchive(context, (archive) => {
      const id = String(options['id']);
      const trails = explain(archive, id);
      if (trails.length === 0) {
        throw new FailedError(`${id}: the journal knows no such fill, order or transaction`, {
          hint: 'See `pmcp trades list` for ids.',
        });
      }
      return { schema: 'pmcp.trade-trail', version: 1, data: { trails } };
    }),
  render: ({ data }, paint) =>
    (data as { trails: Trail[] }).trails.map((trail) => told(trail, paint)).join('\n\n'),
});

const exportCommand = defineCommand({
  name: 'export',
  summary: 'all decisions with their orders, oldest first, as CSV or NDJSON',
  examples: ['pmcp trades export > trades.csv', 'pmcp trades export --format json --copied'],
  options: [
    ...filterOptions,
    { flags: '--format <format>', summary: 'csv or json', choices: ['csv', 'json'] },
  ],
  run: async (options, context) => {
    const json = context.flags.json || options['format'] === 'json';
    await withArchive(context, (archive) => {
      if (!json) context.out.line(CSV_COLUMNS.join(','));
      for (const row of archive.eachDecision(filterOf(options))) {
        const line = exportRow(archive, row);
        if (!json) context.out.line(csvLine(line));
        else context.out.document({ schema: 'pmcp.trade', version: 1, ...line });
      }
    });
    return undefined;
  },
});

export default defineCommand({
  name: 'trades',
  summary: 'list, explain or export decisions and trades',
  description: 'Reads the journal, beside a running bot too: every leader’s fill has one decision.',
  subcommands: [list, explainCommand, exportCommand],
});

async function withArchive<T>(context: Context, use: (archive: JournalArchive) => T): Promise<T> {
  const archive = openJournalArchive(pathsOf(await context.dataDir()).journal);
  try {
    return use(archive);
  } finally {
    archive.close();
  }
}

function filterOf(options: Options): DecisionFilter {
  const filter: DecisionFilter = {};
  if (options['copied'] === true && options['skipped'] === true) {
    throw new UsageError('--copied and --skipped exclude each other');
  }
  if (options['wallet'] !== undefined) filter.wallet = String(options['wallet']).toLowerCase();
  if (options['copied'] === true) filter.result = 'copy';
  if (options['skipped'] === true) filter.result = 'skip';
  if (options['reason'] !== undefined) filter.reason = String(options['reason']);
  return filter;
}

function listed(decisions: readonly DecisionRow[], paint: Paint): string {
  if (decisions.length === 0) return 'no decisions yet';
  const lines = table<DecisionRow>(
    [
      { title: 'decided', cell: (row) => new Date(row.decidedAtMs).toISOString().slice(5, 19) },
      { title: 'leader', cell: (row) => row.wallet.slice(0, 8) },
      { title: 'side', cell: (row) => row.side },
      { title: 'shares', align: 'right', cell: (row) => shares(row.sizeMicro) },
      { title: 'price', align: 'right', cell: (row) => price(row.priceMicro) },
      { title: 'market', flexible: true, cell: (row) => `${row.outcome}, ${row.title}` },
      {
        title: 'decision',
        cell: (row) => row.reason,
        tone: (row) => (row.result === 'copy' ? 'good' : 'dim'),
      },
      { title: 'fill', cell: (row) => row.fillId.slice(0, 16) },
    ],
    decisions,
    process.stdout.columns || 120,
  );
  return lines.map((spans) => draw(spans, paint)).join('\n');
}

function told({ decision, order, fills, steps }: Trail, paint: Paint): string {
  const lines: string[] = [];
  if (decision) {
    const what = `${decision.side} ${decision.outcome}, ${decision.title}`;
    lines.push(paint.strong(what), `fill         ${decision.fillId}`);
    lines.push(`leader       ${decision.wallet}`, `transaction  ${decision.transactionHash}`);
  } else if (order) {
    lines.push(
      paint.strong(`exit, SELL of token ${order.tokenId}`),
      `exit         ${order.fillId}`,
    );
  }
  if (order) lines.push(`order        ${order.orderId} (${order.status})`);
  lines.push('');
  for (const { atMs, what, detail } of steps) {
    lines.push(`${new Date(atMs).toISOString()}  ${what.padEnd(16)} ${detail}`.trimEnd());
  }
  for (const { tradeId, sizeMicro, priceMicro, feeMicro, status } of fills) {
    const sum = `${shares(sizeMicro)} at ${price(priceMicro)}, fee ${money(feeMicro)}`;
    lines.push(`fill of ours ${tradeId}: ${sum}, ${status}`);
  }
  if (decision && Object.keys(decision.facts).length > 0) {
    lines.push('', paint.dim('what the decision rested on:'));
    for (const [name, value] of Object.entries(decision.facts)) {
      lines.push(`  ${name.padEnd(22)} ${value}`);
    }
  }
  return lines.join('\n');
}
