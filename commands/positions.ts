import { loadLedger } from '../src/bot/books.ts';
import { operate } from '../src/bot/operate.ts';
import type { CloseReport } from '../src/bot/operator-verbs.ts';
import { defineCommand, type Outcome, type Paint } from '../src/command.ts';
import type { PositionReport } from '../src/core/status.ts';
import { DUST_SHARES_MICRO } from '../src/core/token-account.ts';
import { operatorName } from '../src/host/operator.ts';
import { readStatusOnce } from '../src/observe/status-client.ts';
import { age, money, price, shares, signedMoney } from '../src/screen/format.ts';
import { draw } from '../src/screen/spans.ts';
import { table } from '../src/screen/table.ts';
import { openJournalArchive } from '../src/state/journal-archive.ts';
import { pathsOf } from '../src/state/paths.ts';

interface Positions {
  /** `bot`: the running bot's, with marks. `journal`: none runs; without marks. */
  source: 'bot' | 'journal';
  atMs: number;
  positions: PositionReport[];
  realisedMicro: number;
  feesMicro: number;
}

/** A running bot publishes once a second. */
const TIMEOUT_MS = 1500;

const close = defineCommand({
  name: 'close',
  summary: 'sell a position, or all of them, at the market now',
  description: `The running bot sells with its ordinary bound below the best bid, whatever the
breaker says. What has not been confirmed on the chain yet cannot be sold: ask again a little later.
Exit code 1 when something could not be sold.`,
  examples: ['pmcp positions close all', 'pmcp positions close 7341…'],
  arguments: [{ name: '<token>', summary: 'token id of `pmcp positions --json`, or all' }],
  async run(options, context): Promise<Outcome> {
    const { token } = options;
    const { data } = await operate({
      dataDir: await context.dataDir(),
      verb: 'positions.close',
      args: { token, by: operatorName() },
      nowMs: context.clock.now(),
    });
    const exitCode = (data as CloseReport).refused.length > 0 ? 1 : 0;
    return { schema: 'pmcp.close', version: 1, data, exitCode };
  },
  render({ data }) {
    const { closing, refused } = data as CloseReport;
    const lines = closing.map((tokenId) => `selling token ${tokenId}`);
    for (const { tokenId, reason } of refused) lines.push(`token ${tokenId}: ${reason}`);
    return lines.length > 0 ? lines.join('\n') : 'nothing is held';
  },
});

export default defineCommand({
  name: 'positions',
  summary: 'open positions with cost, mark and PnL',
  description: `Asks the running bot, whose marks are live; without one, reads the journal, where
nothing has a mark. Money is in USDC.`,
  examples: ['pmcp positions', 'pmcp positions --json', 'pmcp positions close all'],
  subcommands: [close],
  async run(_, context): Promise<Outcome> {
    const paths = pathsOf(await context.dataDir());
    const answer = await readStatusOnce(paths.statusSocket, TIMEOUT_MS);
    const data: Positions =
      'problem' in answer
        ? fromJournal(paths.journal, context.clock.now())
        : {
            source: 'bot',
            atMs: answer.atMs,
            positions: answer.status.positions,
            realisedMicro: answer.status.realisedPnlMicro,
            feesMicro: answer.status.feesMicro,
          };
    return { schema: 'pmcp.positions', version: 1, data };
  },
  render: ({ data }, paint) => listed(data as Positions, paint),
});

function fromJournal(path: string, atMs: number): Positions {
  const archive = openJournalArchive(path);
  try {
    const ledger = loadLedger(archive);
    const totals = ledger?.totals();
    const open = (ledger?.positions() ?? []).filter(
      ({ sharesMicro }) => sharesMicro >= DUST_SHARES_MICRO,
    );
    const positions = open.map((position): PositionReport => {
      const { title, outcome } = archive.namesOf(position.tokenId);
      const { tokenId, conditionId, sharesMicro, provisionalSharesMicro, costMicro } = position;
      return {
        tokenId,
        conditionId,
        title,
        outcome,
        sharesMicro,
        provisionalSharesMicro,
        costMicro,
        markMicro: null,
        unrealisedMicro: null,
        wallet: position.wallet,
        openedAtMs: position.openedAtMs,
      };
    });
    const { realisedMicro = 0, feesMicro = 0 } = totals ?? {};
    return { source: 'journal', atMs, positions, realisedMicro, feesMicro };
  } finally {
    archive.close();
  }
}

function listed(data: Positions, paint: Paint): string {
  const lines = table<PositionReport>(
    [
      { title: 'market', flexible: true, cell: (row) => `${row.outcome}, ${row.title}` },
      { title: 'shares', align: 'right', cell: (row) => shares(row.sharesMicro) },
      { title: 'cost', align: 'right', cell: (row) => money(row.costMicro) },
      {
        title: 'mark',
        align: 'right',
        cell: (row) => (row.markMicro === null ? 'unknown' : price(row.markMicro)),
      },
      {
        title: 'PnL',
        align: 'right',
        cell: (row) => (row.unrealisedMicro === null ? '' : signedMoney(row.unrealisedMicro)),
        tone: (row) => ((row.unrealisedMicro ?? 0) < 0 ? 'bad' : 'good'),
      },
      { title: 'leader', cell: (row) => row.wallet.slice(0, 8) },
      { title: 'age', align: 'right', cell: (row) => age(data.atMs - row.openedAtMs) },
    ],
    data.positions,
    process.stdout.columns || 120,
  );
  const realised = `realised ${signedMoney(data.realisedMicro)}, fees ${money(data.feesMicro)}`;
  const from = data.source === 'bot' ? '' : paint.dim(' (no bot runs: from the journal)');
  if (data.positions.length === 0) return `no open positions; ${realised}${from}`;
  return [...lines.map((spans) => draw(spans, paint)), `${realised}${from}`].join('\n');
}
