import type { HeldLock } from '../lock-holder.ts';

/** Everything that a plan rests on, as one look at the host found it. */
export interface Facts {
  host: string;
  /** Of the host's clock. */
  atMs: number;
  /** Commands there run as root. */
  isRoot: boolean;
  arch: string;
  /** Major version; undefined: no systemd, or not running. */
  systemd: number | undefined;
  /** Programs that a deploy needs and that are not there. */
  missingPrograms: string[];
  hasServiceUser: boolean;
  disk: { freeBytes: number; freeInodes: number } | undefined;
  /** `ROOT` can be written to, or made. */
  writable: boolean;
  releases: string[];
  current: string | undefined;
  currentBot: string | undefined;
  /** `good` or `bad` by release. */
  marks: Record<string, string>;
  /** Text by name of what is ours in the directory of units. */
  units: Record<string, string>;
  services: Record<string, ServiceFacts>;
  listening: Listening[];
  config: ConfigFile[];
  /** Settings that the host's own files give, of those that hold no secret. */
  settings: Record<string, string>;
  /** Names of all settings in those files, without their values. */
  settingNames: string[];
  /** Names of the files with secrets for the services. */
  credentials: string[];
  backupsWritable: boolean;
  lock: HeldLock | undefined;
  bot: BotFacts | { problem: string };
  health: HealthFacts | { problem: string };
}

export interface ServiceFacts {
  load: string;
  active: string;
  pid: number;
  enabled: string;
  /** Path of the program that runs. */
  executable: string;
}

export interface Listening {
  port: number;
  /** Undefined: not told. */
  pid: number | undefined;
  program: string | undefined;
}

export interface ConfigFile {
  path: string;
  /** Octal, such as `600`. */
  mode: string;
  owner: string;
}

export interface BotFacts {
  pid: number;
  release: string;
  environment: string;
  tradingBreaker: string;
  mcpBreaker: string;
  unknownOrders: number;
  entriesAllowed: boolean;
  entriesReason: string;
}

export interface HealthFacts {
  verdict: string;
  failed: string[];
  unknown: string[];
}

/** What is not among them changes by itself; what is must be as it was when a plan was made. */
export type StableFacts = Pick<
  Facts,
  | 'arch'
  | 'systemd'
  | 'releases'
  | 'current'
  | 'currentBot'
  | 'marks'
  | 'units'
  | 'config'
  | 'settingNames'
  | 'credentials'
> & { settings: Record<string, string>; services: Record<string, string> };

export function stableFacts(facts: Facts): StableFacts {
  const { arch, systemd, releases, current, currentBot, marks, units, config, settings } = facts;
  const { settingNames, credentials } = facts;
  const services = Object.fromEntries(
    Object.entries(facts.services).map(([name, { load, active, enabled }]) => {
      return [name, `${load}, ${active}, ${enabled || 'not installed'}`];
    }),
  );
  return {
    ...{ arch, systemd, releases, current, currentBot, marks, units, config, settings, services },
    ...{ settingNames, credentials },
  };
}

/** What is different, in words; empty: nothing that a plan rests on. */
export function changedFacts(before: Partial<StableFacts>, after: Partial<StableFacts>): string[] {
  const changes: string[] = [];
  const compare = (path: string, old: unknown, now: unknown) => {
    if (JSON.stringify(old) === JSON.stringify(now)) return;
    if (isRecord(old) && isRecord(now)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
        compare(path === '' ? key : `${path} ${key}`, old[key], now[key]);
      }
    } else {
      changes.push(`${path}: ${shown(old)} became ${shown(now)}`);
    }
  };
  // As it is read from a file: what is undefined is not there.
  compare('', JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(after)));
  return changes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 || text.includes('\n') ? `${text.length} characters` : text;
}
