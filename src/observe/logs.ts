import { type LogFilter, type LogLine, parseLogLine, passes } from '../core/log-line.ts';
import { installedUnits, readJournal } from '../host/journald.ts';
import { followLog, loggedProcesses, readLog } from '../host/log-files.ts';

export interface LogQuery extends LogFilter {
  /** Most lines of the past. */
  lines: number;
  follow: boolean;
}

export interface LogSources {
  /** Of DATA_DIR/logs. */
  files: string[];
  /** Units in the journal of systemd. */
  units: string[];
}

export async function findLogs(directory: string): Promise<LogSources> {
  return { files: loggedProcesses(directory), units: await installedUnits() };
}

/** Lines of files and journal that pass, in the order of their time; then what is added, if asked. */
export async function showLogs(
  directory: string,
  { files, units }: LogSources,
  query: LogQuery,
  signal: AbortSignal,
  show: (line: LogLine) => void,
): Promise<void> {
  const wanted = (name: string) => query.process === undefined || query.process === name;
  const names = files.filter(wanted);
  const past: LogLine[] = [];
  let tell = (line: LogLine): void => {
    past.push(line);
  };
  const textOf = (name: string) => (text: string) =>
    tell(parseLogLine(text) ?? undated(name, text));
  // Followed first, then read up to there: no line falls in between, and none comes twice.
  const followers = query.follow
    ? names.map((name) => followLog(directory, name, textOf(name)))
    : [];
  for (const [i, name] of names.entries()) {
    for (const text of readLog(directory, name, followers[i]?.fromByte)) textOf(name)(text);
  }
  const journal = { processes: units.filter(wanted), sinceMs: query.sinceMs, lines: query.lines };
  const hasJournal = journal.processes.length > 0;
  if (hasJournal) await readJournal({ ...journal, follow: false }, signal, tell);

  const take = (line: LogLine) => {
    if (passes(line, query)) show(line);
  };
  const shown = past
    .filter((line) => passes(line, query))
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  for (const line of shown.slice(-query.lines)) show(line);
  tell = take;
  if (query.follow && !signal.aborted) {
    if (hasJournal) void readJournal({ ...journal, lines: 0, follow: true }, signal, take);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  for (const follower of followers) follower.stop();
}

/** A line of before logs were structured, or one that a crash cut off. */
function undated(process: string, message: string): LogLine {
  return { time: new Date(0).toISOString(), level: 'info', process, message };
}
