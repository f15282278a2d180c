import { type LogLevel, type LogLine, toLogLine } from '../core/log-line.ts';
import { type Redact, redactDeep } from '../core/redact.ts';
import type { LogFile } from './log-file.ts';

/** A log of one process: whatever it says becomes structured lines, with no secret in them. */
export interface LineLog {
  stdout(text: string): void;
  stderr(text: string): void;
  /** A remark of whoever runs the process. */
  remark(level: LogLevel, message: string): void;
  close(): void;
}

/** A line without an end is not kept waiting for longer. */
const LONGEST_LINE = 64_000;

export function createLineLog(
  file: LogFile,
  process: string,
  redact: Redact = (text) => text,
  nowMs: () => number = Date.now,
): LineLog {
  const time = () => new Date(nowMs()).toISOString();
  // Text by text: what is taken out of JSON as a whole may leave it broken.
  const write = (line: LogLine) => file.write(`${JSON.stringify(redactDeep(line, redact))}\n`);
  const put = (stream: 'stdout' | 'stderr', text: string) => {
    if (text.trim() === '') return;
    write(toLogLine(text, { time: time(), process, stream }));
  };
  const splitter = (stream: 'stdout' | 'stderr') => {
    let rest = '';
    return {
      add(text: string) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) put(stream, line);
        if (rest.length > LONGEST_LINE) this.flush();
      },
      flush() {
        put(stream, rest);
        rest = '';
      },
    };
  };
  const out = splitter('stdout');
  const errors = splitter('stderr');
  return {
    stdout: (text) => out.add(text),
    stderr: (text) => errors.add(text),
    remark(level, message) {
      out.flush();
      errors.flush();
      write({ time: time(), level, process, message });
    },
    close() {
      out.flush();
      errors.flush();
      file.close();
    },
  };
}
