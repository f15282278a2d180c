import { parseEnvFile } from '../../config/env-file.ts';
import { InconclusiveError } from '../../errors.ts';
import type { Host } from '../host.ts';
import type { Layout } from '../layout.ts';
import { parseLock } from '../lock-holder.ts';
import { parseMark } from '../marks.ts';
import { lastWords } from '../shell.ts';
import type { BotFacts, Facts, HealthFacts, Listening, ServiceFacts } from './facts.ts';
import { PROBE } from './script.ts';

const PROBE_MS = 90_000;

/** One look at a host, in one round trip. Nothing there is changed. */
export async function probeHost(
  host: Host,
  layout: Layout,
  environment: string,
  signal?: AbortSignal,
): Promise<Facts> {
  const argv = ['sh', '-s', '--', layout.root, environment];
  const answer = await host.run(argv, {
    input: PROBE,
    timeoutMs: PROBE_MS,
    ...(signal && { signal }),
  });
  const sections = splitSections(answer.stdout);
  if (!sections.has('end')) {
    throw new InconclusiveError(`${host.name}: cannot be looked at: ${lastWords(answer)}`);
  }
  return parseFacts(host.name, sections);
}

/** Text by section; a section's last line break belongs to the next one's heading. */
export function splitSections(text: string): Map<string, string> {
  const parts = text.split(/^@@ (.+)\n/m);
  const sections = new Map<string, string>();
  for (let i = 1; i < parts.length; i += 2) {
    sections.set(parts[i] ?? '', (parts[i + 1] ?? '').replace(/\n$/, ''));
  }
  return sections;
}

export function parseFacts(host: string, sections: ReadonlyMap<string, string>): Facts {
  const raw = (name: string) => sections.get(name) ?? '';
  const text = (name: string) => raw(name).trim();
  const lines = (name: string) =>
    text(name)
      .split('\n')
      .filter((line) => line !== '');
  const named = (prefix: string) =>
    [...sections].flatMap(([name, body]): [string, string][] =>
      name.startsWith(`${prefix} `) ? [[name.slice(prefix.length + 1), body]] : [],
    );
  return {
    host,
    atMs: Number(text('time')),
    isRoot: text('uid') === '0',
    arch: archOf(text('arch')),
    systemd: numberIn(/^systemd (\d+)/.exec(text('systemd'))?.[1]),
    missingPrograms: lines('missing'),
    hasServiceUser: text('user') !== '',
    disk: diskOf(lines('disk')),
    writable: text('writable') === 'yes',
    releases: lines('releases'),
    current: releaseOf(text('current')),
    currentBot: releaseOf(text('current-bot')),
    marks: Object.fromEntries(
      named('mark').map(([id, body]) => [id, parseMark(body, id)?.mark ?? 'unreadable']),
    ),
    units: Object.fromEntries(named('unit')),
    services: Object.fromEntries(named('service').map(([name, body]) => [name, serviceOf(body)])),
    listening: lines('ports').flatMap(listeningOf),
    config: lines('config').map((line) => {
      const [mode = '', owner = '', ...path] = line.split(' ');
      return { path: path.join(' '), mode, owner };
    }),
    settings: settingsOf(text('settings')),
    settingNames: [...new Set(lines('secrets'))],
    credentials: lines('credentials'),
    backupsWritable: text('backups') === 'yes',
    lock: parseLock(text('lock')),
    bot: botOf(text('bot')),
    health: healthOf(text('health')),
  };
}

const archOf = (machine: string) => ({ x86_64: 'x64', aarch64: 'arm64' })[machine] ?? machine;
const numberIn = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const releaseOf = (link: string) => /^releases\/([^/]+)$/.exec(link)?.[1];

function diskOf([space = '', inodes = '']: string[]): Facts['disk'] {
  const free = (line: string) => Number(line.trim().split(/\s+/)[3]);
  const freeBytes = free(space) * 1024;
  // Some file systems have no fixed number of inodes, and say 0 of 0 or "-".
  const counted = Number(inodes.trim().split(/\s+/)[1]) > 0;
  const freeInodes = counted ? free(inodes) : Number.MAX_SAFE_INTEGER;
  return Number.isFinite(freeBytes) && Number.isFinite(freeInodes)
    ? { freeBytes, freeInodes }
    : undefined;
}

function serviceOf(text: string): ServiceFacts {
  const values = Object.fromEntries(
    text.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return {
    load: values['LoadState'] ?? 'unknown',
    active: values['ActiveState'] ?? 'unknown',
    pid: Number(values['MainPID'] ?? 0),
    enabled: values['UnitFileState'] ?? '',
    executable: values['Executable'] ?? '',
  };
}

/** A line of ss, or an address of /proc/net/tcp in hex. */
function listeningOf(line: string): Listening[] {
  const hex = /^hex [0-9A-F]+:([0-9A-F]{4})$/.exec(line)?.[1];
  if (hex !== undefined) {
    return [{ port: Number.parseInt(hex, 16), pid: undefined, program: undefined }];
  }
  const port = numberIn(/^\S+\s+\d+\s+\d+\s+\S*:(\d+)\s/.exec(line)?.[1]);
  if (port === undefined) return [];
  const [, program, pid] = /users:\(\("([^"]*)",pid=(\d+)/.exec(line) ?? [];
  return [{ port, pid: numberIn(pid), program }];
}

/** Of `.env` and `.env.<environment>`, in this order: the later one wins. */
function settingsOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    for (const [key, { value }] of parseEnvFile(line, 'settings').entries) found[key] = value;
  }
  return found;
}

/** The one JSON document in what a command said, or why there is none. */
function documentIn(text: string): Record<string, unknown> {
  const line = text.split('\n').find((one) => one.startsWith('{"schema"'));
  if (line === undefined) {
    const said = text.split('\n').at(-1) ?? '';
    return { problem: said === '' ? 'no release is installed' : said.slice(0, 300) };
  }
  return JSON.parse(line) as Record<string, unknown>;
}

function botOf(text: string): BotFacts | { problem: string } {
  const document = documentIn(text);
  if (document['schema'] !== 'pmcp.status_report') return { problem: problemOf(document) };
  const report = document as unknown as {
    pid: number;
    release: string;
    environment: string;
    status: {
      breaker: { trading: { kind: string }; mcp: { kind: string } };
      unknownOrders: number;
      entriesAllowed: boolean;
      entriesReason: string;
    };
  };
  const { pid, release, environment, status } = report;
  const { breaker, unknownOrders, entriesAllowed, entriesReason } = status;
  return {
    pid,
    release,
    environment,
    tradingBreaker: breaker.trading.kind,
    mcpBreaker: breaker.mcp.kind,
    unknownOrders,
    entriesAllowed,
    entriesReason,
  };
}

function healthOf(text: string): HealthFacts | { problem: string } {
  const document = documentIn(text);
  if (document['schema'] !== 'pmcp.validation') return { problem: problemOf(document) };
  return parseValidation(document);
}

/** Of the document of `pmcp validate-health --json`. */
export function parseValidation(document: Record<string, unknown>): HealthFacts {
  const checks = document['checks'] as { name: string; result: string; detail: string }[];
  const named = (result: string) =>
    checks.filter((one) => one.result === result).map(({ name, detail }) => `${name}: ${detail}`);
  return {
    verdict: String(document['verdict']),
    failed: named('failed'),
    unknown: named('unknown'),
  };
}

function problemOf(document: Record<string, unknown>): string {
  const { problem, error } = document as { problem?: string; error?: { message?: string } };
  return problem ?? error?.message ?? 'it gave no answer that is known';
}
