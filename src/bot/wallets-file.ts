import { readFileSync } from 'node:fs';
import type { Sizing, WalletPolicy } from '../core/decision.ts';
import { MICRO, parseMicro } from '../core/money.ts';
import { ConfigError, type Problem, reasonOf } from '../errors.ts';

/** The followed wallets and the market lists, as WALLETS_FILE has them. */
export interface WalletsFile {
  /** By address, lower case. */
  wallets: Map<string, WalletPolicy>;
  /** Condition ids, market slugs or event slugs; empty allows all. */
  allowMarkets: Set<string>;
  denyMarkets: Set<string>;
}

const TOP_KEYS = ['target_wallets', 'whitelisted_markets', 'blacklisted_markets'];
const WALLET_KEYS = ['address', 'label', 'enabled', 'sizing', 'max_trade', 'max_exposure'];
const SIZING_HINT =
  'Such as {"mode":"proportional","ratio":0.1}, {"mode":"fixed","usdc":5} or ' +
  '{"mode":"bankroll","fraction":0.01}.';

/** undefined: there is no such file. Throws ConfigError with every problem at once. */
export function readWalletsFile(path: string): WalletsFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError(`${path}: ${reasonOf(error)}`, {
      hint: 'Make it readable for the user that runs the bot.',
    });
  }
  return parseWalletsFile(text, path);
}

function parseWalletsFile(text: string, path: string): WalletsFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${path}: not JSON: ${reasonOf(error)}`, {
      hint: 'Mend it, or write it anew with `pmcp wallets add`.',
    });
  }
  const problems: Problem[] = [];
  const say = (message: string, hint?: string) =>
    void problems.push(hint === undefined ? { message } : { message, hint });
  const file = readTop(value, say);
  if (problems.length === 0 && file) return file;
  throw new ConfigError(`${path}: ${problems.length} problem${problems.length === 1 ? '' : 's'}`, {
    problems,
  });
}

type Say = (message: string, hint?: string) => void;

function readTop(value: unknown, say: Say): WalletsFile | undefined {
  if (!isObject(value)) {
    say(`must be an object, not ${shown(value)}`, `Its keys: ${TOP_KEYS.join(', ')}.`);
    return undefined;
  }
  unknownKeys(value, TOP_KEYS, '', say);
  const wallets = new Map<string, WalletPolicy>();
  const list = value['target_wallets'];
  if (!Array.isArray(list)) say(`target_wallets: must be a list, not ${shown(list)}`);
  else {
    for (const [index, item] of list.entries()) {
      readWallet(item, `target_wallets[${index}]`, wallets, say);
    }
  }
  return {
    wallets,
    allowMarkets: readMarkets(value, 'whitelisted_markets', say),
    denyMarkets: readMarkets(value, 'blacklisted_markets', say),
  };
}

function readWallet(item: unknown, at: string, into: Map<string, WalletPolicy>, say: Say): void {
  const value = typeof item === 'string' ? { address: item } : item;
  if (!isObject(value)) {
    say(`${at}: must be an address or an object, not ${shown(item)}`);
    return;
  }
  unknownKeys(value, WALLET_KEYS, `${at}.`, say);
  const { address, label, enabled, sizing } = value;
  if (!isAddress(address)) {
    say(`${at}.address: ${shown(address)} is not an address`, '0x and 40 hex digits.');
    return;
  }
  const wallet = address.toLowerCase();
  if (into.has(wallet)) say(`${at}: ${wallet} stands here twice`, 'Keep one of the entries.');
  if (label !== undefined && (typeof label !== 'string' || label.length > 60)) {
    say(`${at}.label: must be a text of at most 60 characters, not ${shown(label)}`);
  }
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    say(`${at}.enabled: must be true or false, not ${shown(enabled)}`);
  }
  const policy: WalletPolicy = {
    enabled: enabled !== false,
    label: typeof label === 'string' ? label : `${wallet.slice(0, 6)}…${wallet.slice(-4)}`,
  };
  const maxTradeMicro = usdc(value['max_trade'], `${at}.max_trade`, say);
  const maxExposureMicro = usdc(value['max_exposure'], `${at}.max_exposure`, say);
  if (maxTradeMicro !== undefined) policy.maxTradeMicro = maxTradeMicro;
  if (maxExposureMicro !== undefined) policy.maxExposureMicro = maxExposureMicro;
  const read = sizing === undefined ? undefined : readSizing(sizing, `${at}.sizing`, say);
  if (read !== undefined) policy.sizing = read;
  into.set(wallet, policy);
}

function readSizing(value: unknown, at: string, say: Say): Sizing | undefined {
  const { mode, ratio, usdc: sum, fraction } = isObject(value) ? value : {};
  if (mode === 'proportional' && isNumber(ratio, 10)) return { mode, ratio };
  if (mode === 'bankroll' && isNumber(fraction, 1)) return { mode, fraction };
  const usdcMicro = parseMicro(sum);
  if (mode === 'fixed' && usdcMicro !== undefined) return { mode, usdcMicro };
  say(`${at}: ${shown(value)} is not a way of sizing`, SIZING_HINT);
  return undefined;
}

function readMarkets(value: Record<string, unknown>, key: string, say: Say): Set<string> {
  const list = value[key] ?? [];
  if (Array.isArray(list) && list.every((item) => typeof item === 'string' && item !== '')) {
    return new Set(list as string[]);
  }
  say(`${key}: must be a list of condition ids or slugs, not ${shown(list)}`);
  return new Set();
}

function unknownKeys(
  value: Record<string, unknown>,
  known: readonly string[],
  at: string,
  say: Say,
): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      say(`${at}${key}: nothing reads this key`, `Known: ${known.join(', ')}.`);
    }
  }
}

function usdc(value: unknown, at: string, say: Say): number | undefined {
  if (value === undefined) return undefined;
  const micro = typeof value === 'number' ? parseMicro(value) : undefined;
  if (micro === undefined) say(`${at}: must be a sum in USDC, not ${shown(value)}`);
  return micro;
}

function isNumber(value: unknown, most: number): value is number {
  return typeof value === 'number' && value > 0 && value <= most;
}

export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

/** The file's text for these wallets: what parseWalletsFile reads back. */
export function formatWalletsFile({ wallets, allowMarkets, denyMarkets }: WalletsFile): string {
  const target_wallets = Array.from(wallets, ([address, policy]) => ({
    address,
    label: policy.label,
    ...(!policy.enabled && { enabled: false }),
    ...(policy.sizing && { sizing: sizingOut(policy.sizing) }),
    ...(policy.maxTradeMicro !== undefined && { max_trade: policy.maxTradeMicro / MICRO }),
    ...(policy.maxExposureMicro !== undefined && { max_exposure: policy.maxExposureMicro / MICRO }),
  }));
  const file = {
    target_wallets,
    whitelisted_markets: [...allowMarkets],
    blacklisted_markets: [...denyMarkets],
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function sizingOut(sizing: Sizing): object {
  return sizing.mode === 'fixed' ? { mode: 'fixed', usdc: sizing.usdcMicro / MICRO } : sizing;
}
