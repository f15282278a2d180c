import { join } from 'node:path';
import { defineCommand, type Options } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { LOG_LEVELS, type LogLine, parseSince } from '../src/core/log-line.ts';
import { RefusedError, UsageError } from '../src/errors.ts';

export default defineCommand({
  name: 'logs',
  summary: 'what the processes said, filtered and followed',
  description: `Reads DATA_DIR/logs, where \`pmcp up\` writes, and the journal of systemd where the
units are installed, in the order of time. Each line has a time, a level, a process and a message;
secrets are redacted. With --json: NDJSON, with all that the writer knew.`,
  examples: [
    'pmcp logs',
    'pmcp logs --follow --level warn',
    'pmcp logs --process bot --since 10m',
    'pmcp logs --since 1h --json | jq -r "select(.kind == \\"order\\").message"',
  ],
  options: [
    { flags: '--process <name>', summary: 'one of them only', choices: ['bot', 'mcp', 'exchange'] },
    { flags: '--follow', summary: 'go on with what is written from now on' },
    { flags: '--since <when>', summary: 'a span such as 30s, 10m, 2h or 1d, or a moment (ISO)' },
    {
      flags: '--level <level>',
      summary: 'this and graver ones',
      choices: LOG_LEVELS,
      defaultValue: 'info',
    },
    {
      flags: '--lines <count>',
      summary: 'most lines of the past; without --since only 200',
      parse: 'integer',
    },
  ],
  async run(options, context) {
    const directory = join(await context.dataDir(), 'logs');
    const { findLogs, showLogs } = await import('../src/observe/logs.ts');
    const sources = await findLogs(directory);
    if (sources.files.length + sources.units.length === 0) {
      throw new RefusedError(`no logs: ${directory} is empty, and no unit of ours is installed`, {
        hint: 'Run `pmcp up`, or name the directory of a run with --data-dir.',
      });
    }
    const query = queryOf(options);
    await showLogs(directory, sources, query, context.signal, await printer(context));
    return undefined;
  },
});

const RECENT_LINES = 200;
const MOST_LINES = 1_000_000;

function queryOf(options: Options) {
  const { process: name, follow, since, level, lines } = options;
  const sinceMs = typeof since === 'string' ? parseSince(since, Date.now()) : undefined;
  if (typeof since === 'string' && sinceMs === undefined) {
    throw new UsageError(`--since: ${since} is no span (30s, 10m, 2h, 1d) and no moment (ISO)`);
  }
  if (typeof lines === 'number' && lines < 1) {
    throw new UsageError(`--lines: ${lines} is not a count of lines, from 1`);
  }
  const most = typeof lines === 'number' ? lines : since === undefined ? RECENT_LINES : MOST_LINES;
  return {
    process: typeof name === 'string' ? name : undefined,
    follow: follow === true,
    level: LOG_LEVELS.find((known) => known === level) ?? 'info',
    sinceMs,
    lines: most,
  };
}

async function printer(context: Context): Promise<(line: LogLine) => void> {
  const { out, flags } = context;
  const { createRedact, redactDeep } = await import('../src/core/redact.ts');
  const { secretValues } = await import('../src/config/secret.ts');
  const redact = createRedact({ secrets: secretValues(await context.config()), env: process.env });
  if (flags.json) {
    return (line) => out.document({ schema: 'pmcp.log', version: 1, ...redactDeep(line, redact) });
  }
  const { paintFor } = await import('../src/screen/paint.ts');
  const { logWords } = await import('../src/screen/log-words.ts');
  const paint = paintFor(process.stdout, flags);
  return (line) => out.line(logWords(redactDeep(line, redact), paint));
}
