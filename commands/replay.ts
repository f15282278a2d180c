import { createReadStream, existsSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { policyFrom } from '../src/bot/policy.ts';
import { createReplay, type ReplaySummary } from '../src/bot/replay.ts';
import { defineCommand, type Options, type Outcome } from '../src/command.ts';
import { MICRO } from '../src/core/money.ts';
import type { TargetRow } from '../src/core/trade.ts';
import { ConfigError, UsageError } from '../src/errors.ts';
import { integer, money, signedMoney } from '../src/screen/format.ts';
import { parseFeedRow } from '../src/venue/feed-row.ts';

interface Report extends ReplaySummary {
  file: string;
  /** Rows that are no trades or were set aside, by reason. */
  quarantined: Record<string, number>;
  seconds: number;
  rowsPerSecond: number;
}

/** Rows of one wallet that follow each other count as one response, up to the API's page size. */
const PAGE = 500;
const MAX_REASONS = 20;
const CHUNK_BYTES = 1 << 20;

export default defineCommand({
  name: 'replay',
  summary: 'run recorded rows through the decision path',
  description: `Reads Data API trade rows, one JSON object a line, oldest first (.gz or plain),
and decides on each as the bot would, by the configured limits and for every wallet in the file.
Books are made up around the leaders' prices and every order is filled at once: no order is sent,
no journal written.`,
  examples: [
    'pmcp replay trades.ndjson.gz',
    'pmcp replay trades.ndjson --wallet 0x6af75d4e4aaf700450efbac3708cce1665810ff1 --json',
    'MAX_TRADE_AMOUNT=5 pmcp replay trades.ndjson --lag 4 --spread 0.02',
  ],
  arguments: [{ name: '<file>', summary: 'NDJSON of trade rows, gzipped when it ends in .gz' }],
  options: [
    { flags: '--wallet <address>', summary: 'follow this wallet only' },
    {
      flags: '--lag <seconds>',
      summary: 'from trade to decision',
      parse: 'number',
      defaultValue: 2,
    },
    { flags: '--spread <usdc>', summary: 'of the books', parse: 'number', defaultValue: 0.01 },
    { flags: '--fee-rate <rate>', summary: 'of the markets', parse: 'number', defaultValue: 0.04 },
  ],
  async run(options, context): Promise<Outcome> {
    const path = String(options['file']);
    if (!existsSync(path)) throw new ConfigError(`${path}: no such file`);
    const config = await context.config();
    const only =
      options['wallet'] === undefined ? undefined : String(options['wallet']).toLowerCase();
    const wallets = new Map<string, { enabled: boolean; label: string }>();
    const file = { wallets, allowMarkets: new Set<string>(), denyMarkets: new Set<string>() };
    const replay = createReplay({
      policy: policyFrom(config, file),
      cashMicro: Math.round(config.PAPER_BALANCE * MICRO),
      lagMs: figure(options, 'lag', 3600) * 1000,
      halfSpreadMicro: (figure(options, 'spread', 1) * MICRO) / 2,
      feeRate: figure(options, 'feeRate', 1),
    });
    const quarantined: Record<string, number> = {};
    const started = performance.now();
    let page: TargetRow[] = [];
    const take = (line: string) => {
      const parsed = rowOf(line);
      if ('reason' in parsed) return count(quarantined, parsed.reason);
      const { wallet } = parsed.row;
      if (only !== undefined && wallet !== only) return;
      if (page.length >= PAGE || (page.length > 0 && page[0]?.wallet !== wallet)) {
        replay.page(page);
        page = [];
      }
      if (!wallets.has(wallet)) wallets.set(wallet, { enabled: true, label: wallet });
      page.push(parsed.row);
    };
    for await (const lines of linesOf(path)) for (const line of lines) take(line);
    replay.page(page);
    const seconds = (performance.now() - started) / 1000;
    const summary = replay.summary();
    const rowsPerSecond = Math.round(summary.rows / seconds);
    const data: Report = { file: path, ...summary, quarantined, seconds, rowsPerSecond };
    return { schema: 'pmcp.replay', version: 1, data };
  },
  render: ({ data }) => told(data as Report),
});

/** By the chunk: a wait for each line would cost more than deciding on it. */
async function* linesOf(path: string): AsyncIterable<string[]> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const input = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
  let rest = '';
  for await (const chunk of input.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

function rowOf(line: string): ReturnType<typeof parseFeedRow> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'line: not JSON' };
  }
  const parsed = parseFeedRow(value, 'replay', 0);
  // Reasons quote what was received: their beginning is enough to count them by.
  if ('reason' in parsed) return { reason: parsed.reason.split(':')[0] ?? 'row' };
  parsed.row.seenAtMs = parsed.row.tradedAtMs;
  return parsed;
}

function count(into: Record<string, number>, reason: string): void {
  const key = reason in into || Object.keys(into).length < MAX_REASONS ? reason : 'others';
  into[key] = (into[key] ?? 0) + 1;
}

function figure(options: Options, name: string, most: number): number {
  const value = Number(options[name]);
  if (value >= 0 && value <= most) return value;
  throw new UsageError(`--${name}: ${String(options[name])} is not a number from 0 to ${most}`);
}

function told(report: Report): string {
  const lines = [
    `${integer(report.rows)} rows of ${report.file} in ${report.seconds.toFixed(2)} s ` +
      `(${integer(report.rowsPerSecond)} rows/s): ${integer(report.fills)} fills, ` +
      `${integer(report.repeats)} repeats`,
    `copied ${integer(report.copied)}`,
  ];
  const skips = Object.entries(report.skipped).sort((a, b) => b[1] - a[1]);
  for (const [reason, n] of skips) lines.push(`skipped ${integer(n)}: ${reason}`);
  for (const [reason, n] of Object.entries(report.quarantined)) {
    lines.push(`set aside ${integer(n)}: ${reason}`);
  }
  lines.push(
    `bought ${money(report.boughtMicro)}, sold ${money(report.soldMicro)}, ` +
      `fees ${money(report.feesMicro)} USDC`,
    `realised ${signedMoney(report.realisedMicro)}, open ${report.openPositions} positions ` +
      `at cost ${money(report.openCostMicro)}, unrealised ${signedMoney(report.unrealisedMicro)}`,
  );
  return lines.join('\n');
}
