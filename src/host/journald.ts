import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type LogLevel, type LogLine, parseLogLine } from '../core/log-line.ts';

/** Units of the product, by the process that each runs. */
const UNITS: Record<string, string> = {
  bot: 'polymarket-bot.service',
  mcp: 'polymarket-mcp.service',
  exchange: 'polymarket-exchange.service',
};

/** Which of our processes run as units of this host's systemd; none where there is no systemd. */
export function installedUnits(): Promise<string[]> {
  const args = ['list-unit-files', '--no-legend', '--no-pager', ...Object.values(UNITS)];
  return new Promise((resolve) => {
    execFile('systemctl', args, { timeout: 3000 }, (_error, stdout) => {
      const listed = stdout.split('\n').map((line) => line.trim().split(/\s+/)[0]);
      resolve(Object.keys(UNITS).filter((name) => listed.includes(UNITS[name])));
    });
  });
}

export interface JournalQuery {
  processes: readonly string[];
  sinceMs: number | undefined;
  /** Most lines of the past. */
  lines: number;
  follow: boolean;
}

/** Reads the journal of our units until its end, or until `signal` when following. */
export async function readJournal(
  { processes, sinceMs, lines, follow }: JournalQuery,
  signal: AbortSignal,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const units = processes.map((name) => UNITS[name]).filter((unit) => unit !== undefined);
  const args = ['--output=json', '--no-pager', '--quiet', `--lines=${lines}`];
  for (const unit of units) args.push(`--unit=${unit}`);
  if (sinceMs !== undefined) args.push(`--since=@${(sinceMs / 1000).toFixed(3)}`);
  if (follow) args.push('--follow');
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'ignore'], signal });
  // Ended by the signal, or not there: the lines that came are the answer.
  child.on('error', () => {});
  for await (const text of createInterface({ input: child.stdout })) {
    const line = fromJournal(text);
    if (line) onLine(line);
  }
}

/** By syslog's priorities, 0 to 7. */
const LEVELS: readonly LogLevel[] = [
  'error',
  'error',
  'error',
  'error',
  'warn',
  'info',
  'info',
  'debug',
];

/** An entry of the journal; undefined when it is none that can be shown. */
export function fromJournal(text: string): LogLine | undefined {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(text);
  } catch {
    return undefined;
  }
  const message = entry['MESSAGE'];
  const micros = Number(entry['__REALTIME_TIMESTAMP']);
  if (typeof message !== 'string' || !Number.isFinite(micros)) return undefined;
  const structured = parseLogLine(message);
  if (structured) return structured;
  const unit = String(entry['_SYSTEMD_UNIT'] ?? entry['UNIT']);
  return {
    time: new Date(micros / 1000).toISOString(),
    level: LEVELS[Number(entry['PRIORITY'] ?? 6)] ?? 'info',
    process: Object.keys(UNITS).find((name) => UNITS[name] === unit) ?? unit,
    message,
  };
}
