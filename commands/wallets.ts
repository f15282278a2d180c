import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { scoresFrom, type WalletScore } from '../src/bot/score.ts';
import {
  formatWalletsFile,
  isAddress,
  readWalletsFile,
  type WalletsFile,
} from '../src/bot/wallets-file.ts';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import type { WalletPolicy } from '../src/core/decision.ts';
import type { LedgerEvent } from '../src/core/ledger-types.ts';
import { formatMicro, MICRO } from '../src/core/money.ts';
import { FailedError, UsageError } from '../src/errors.ts';
import { money, signedMoney } from '../src/screen/format.ts';
import { draw } from '../src/screen/spans.ts';
import { table } from '../src/screen/table.ts';
import { writeFileAtomic } from '../src/state/atomic-file.ts';
import { openJournalArchive } from '../src/state/journal-archive.ts';
import { pathsOf } from '../src/state/paths.ts';

interface Listed {
  file: string;
  wallets: (WalletPolicy & { address: string })[];
  allowMarkets: string[];
  denyMarkets: string[];
}

const list = defineCommand({
  name: 'list',
  summary: 'the followed wallets with their caps',
  examples: ['pmcp wallets list', 'pmcp wallets list --json'],
  async run(_, context): Promise<Outcome> {
    const { path, file } = await read(context);
    return { schema: 'pmcp.wallets', version: 1, data: listedOf(path, file) };
  },
  render: ({ data }, paint) => walletTable(data as Listed, paint),
});

const add = defineCommand({
  name: 'add',
  summary: 'follow a wallet, or change how it is followed',
  description: `Writes WALLETS_FILE; a running bot takes it over within seconds. The address is
the leader's own trading wallet, as the venue shows it. What he traded before is never copied.`,
  examples: [
    'pmcp wallets add 0x6af75d4e4aaf700450efbac3708cce1665810ff1 --label gabagool',
    'pmcp wallets add 0x6af75d4e4aaf700450efbac3708cce1665810ff1 --max-trade 5 --max-exposure 50',
  ],
  arguments: [{ name: '<address>', summary: '0x and 40 hex digits' }],
  options: [
    { flags: '--label <name>', summary: 'a name for it' },
    { flags: '--max-trade <usdc>', summary: 'largest copy of its trades', parse: 'number' },
    { flags: '--max-exposure <usdc>', summary: 'most cost at risk behind it', parse: 'number' },
    { flags: '--disabled', summary: 'keep it in the file, but copy nothing' },
  ],
  async run(options, context): Promise<Outcome> {
    const { path, file } = await read(context);
    const address = addressOf(options);
    file.wallets.set(address, changed(file.wallets.get(address), address, options));
    write(path, file);
    return { schema: 'pmcp.wallets', version: 1, data: listedOf(path, file) };
  },
  render: ({ data }, paint) => walletTable(data as Listed, paint),
});

const remove = defineCommand({
  name: 'remove',
  summary: 'follow a wallet no longer',
  description: 'Positions copied from it stay, with the exits of the configuration.',
  examples: ['pmcp wallets remove 0x6af75d4e4aaf700450efbac3708cce1665810ff1'],
  arguments: [{ name: '<address>', summary: '0x and 40 hex digits' }],
  async run(options, context): Promise<Outcome> {
    const { path, file } = await read(context);
    const address = addressOf(options);
    if (!file.wallets.delete(address)) {
      throw new FailedError(`${address}: is not followed in ${path}`, {
        hint: 'See `pmcp wallets list`.',
      });
    }
    write(path, file);
    return { schema: 'pmcp.wallets', version: 1, data: listedOf(path, file) };
  },
  render: ({ data }, paint) => walletTable(data as Listed, paint),
});

const score = defineCommand({
  name: 'score',
  summary: 'what following each wallet has brought, by the journal',
  examples: ['pmcp wallets score', 'pmcp wallets score --json'],
  async run(_, context): Promise<Outcome> {
    const archive = openJournalArchive(pathsOf(await context.dataDir()).journal);
    try {
      const events = archive.ledgerEvents() as LedgerEvent[];
      const scores = scoresFrom(events, archive.countsByWallet());
      return { schema: 'pmcp.wallet-scores', version: 1, data: { scores } };
    } finally {
      archive.close();
    }
  },
  render: ({ data }, paint) => scoreTable((data as { scores: WalletScore[] }).scores, paint),
});

export default defineCommand({
  name: 'wallets',
  summary: 'list, add, remove or score followed wallets',
  description: 'The wallets of WALLETS_FILE. A bot on paper without that file follows all leaders.',
  subcommands: [list, add, remove, score],
});

async function read(context: Context): Promise<{ path: string; file: WalletsFile }> {
  const path = (await context.config()).WALLETS_FILE;
  const none = {
    wallets: new Map(),
    allowMarkets: new Set<string>(),
    denyMarkets: new Set<string>(),
  };
  return { path, file: readWalletsFile(path) ?? none };
}

function write(path: string, file: WalletsFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic(path, formatWalletsFile(file));
  chmodSync(path, 0o644);
}

function addressOf(options: Options): string {
  const address = options['address'];
  if (!isAddress(address)) {
    throw new UsageError(`${JSON.stringify(address)} is not an address`, {
      hint: '0x and 40 hex digits, such as 0x6af75d4e4aaf700450efbac3708cce1665810ff1.',
    });
  }
  return address.toLowerCase();
}

function changed(
  before: WalletPolicy | undefined,
  address: string,
  options: Options,
): WalletPolicy {
  const { label, maxTrade, maxExposure, disabled } = options;
  const fallback = `${address.slice(0, 6)}…${address.slice(-4)}`;
  return {
    ...before,
    enabled: disabled !== true,
    label: typeof label === 'string' ? label.slice(0, 60) : (before?.label ?? fallback),
    ...(maxTrade !== undefined && { maxTradeMicro: sum('--max-trade', maxTrade) }),
    ...(maxExposure !== undefined && { maxExposureMicro: sum('--max-exposure', maxExposure) }),
  };
}

function sum(flag: string, value: unknown): number {
  const micro = Math.round(Number(value) * MICRO);
  if (micro >= 0 && Number.isSafeInteger(micro)) return micro;
  throw new UsageError(`${flag}: ${String(value)} is not a sum in USDC`);
}

function listedOf(file: string, { wallets, allowMarkets, denyMarkets }: WalletsFile): Listed {
  return {
    file,
    wallets: Array.from(wallets, ([address, policy]) => ({ address, ...policy })),
    allowMarkets: [...allowMarkets],
    denyMarkets: [...denyMarkets],
  };
}

function walletTable({ file, wallets, allowMarkets, denyMarkets }: Listed, paint: Paint): string {
  if (wallets.length === 0) return `no wallets in ${file}; \`pmcp wallets add\` writes one`;
  const cap = (micro: number | undefined) => (micro === undefined ? '' : formatMicro(micro));
  const lines = table<Listed['wallets'][number]>(
    [
      { title: 'address', cell: (row) => row.address },
      { title: 'label', flexible: true, cell: (row) => row.label },
      { title: 'state', cell: (row) => (row.enabled ? 'followed' : 'off') },
      { title: 'sizing', cell: (row) => row.sizing?.mode ?? '' },
      { title: 'max trade', align: 'right', cell: (row) => cap(row.maxTradeMicro) },
      { title: 'max exposure', align: 'right', cell: (row) => cap(row.maxExposureMicro) },
    ],
    wallets,
    process.stdout.columns || 120,
  ).map((spans) => draw(spans, paint));
  if (allowMarkets.length > 0) lines.push(`only markets: ${allowMarkets.join(', ')}`);
  if (denyMarkets.length > 0) lines.push(`no markets: ${denyMarkets.join(', ')}`);
  return lines.join('\n');
}

function scoreTable(scores: readonly WalletScore[], paint: Paint): string {
  if (scores.length === 0) return 'no decisions yet';
  return table<WalletScore>(
    [
      { title: 'wallet', cell: (row) => row.wallet },
      { title: 'copied', align: 'right', cell: (row) => String(row.copied) },
      { title: 'skipped', align: 'right', cell: (row) => String(row.skipped) },
      { title: 'bought', align: 'right', cell: (row) => money(row.boughtMicro) },
      { title: 'sold', align: 'right', cell: (row) => money(row.soldMicro) },
      { title: 'paid out', align: 'right', cell: (row) => money(row.paidOutMicro) },
      { title: 'fees', align: 'right', cell: (row) => money(row.feesMicro) },
      { title: 'open', align: 'right', cell: (row) => money(row.openCostMicro) },
      {
        title: 'PnL',
        align: 'right',
        cell: (row) => signedMoney(row.realisedMicro),
        tone: (row) => (row.realisedMicro < 0 ? 'bad' : 'good'),
      },
    ],
    scores,
    process.stdout.columns || 120,
  )
    .map((spans) => draw(spans, paint))
    .join('\n');
}
