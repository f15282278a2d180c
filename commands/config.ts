import { defineCommand, type Outcome, type Paint } from '../src/command.ts';
import { renderEnvExample, renderMarkdown } from '../src/config/docs.ts';
import { loadWithOrigins } from '../src/config/load.ts';
import { type Key, keys, schema } from '../src/config/schema.ts';

interface Checked {
  environment: string;
  mode: string;
  files: readonly string[];
  valid: true;
}

const check = defineCommand({
  name: 'check',
  summary: 'check the configuration and name every problem at once',
  description: 'Exits with 2 when there is one; nothing is started or changed.',
  examples: ['pmcp config check', 'pmcp config check --env staging --json'],
  async run(_options, { flags }): Promise<Outcome<Checked>> {
    const { config, files } = loadWithOrigins({ flags });
    const { ENVIRONMENT: environment, TRADING_MODE: mode } = config;
    const data: Checked = { environment, mode, files, valid: true };
    return { schema: 'pmcp.config-check', version: 1, data };
  },
  render({ data }, paint) {
    const { environment, mode, files } = data as Checked;
    const read = files.length > 0 ? files.join(', ') : 'no .env file';
    return `${paint.good('valid')}: ${environment}, mode ${mode} ${paint.dim(`(${read})`)}`;
  },
});

interface Shown {
  values: Partial<Record<Key, { value: unknown; origin: string }>>;
}

const show = defineCommand({
  name: 'show',
  summary: 'print each value and where it was set; never a secret',
  examples: ['pmcp config show', 'pmcp config show --env staging --changed'],
  options: [{ flags: '--changed', summary: 'only what differs from the defaults' }],
  async run(options, { flags }): Promise<Outcome<Shown>> {
    const { config, origins } = loadWithOrigins({ flags });
    const values: Shown['values'] = {};
    for (const key of keys) {
      if (options['changed'] === true && origins[key] === 'default') continue;
      values[key] = { value: printable(key, config[key]), origin: origins[key] };
    }
    return { schema: 'pmcp.config', version: 1, data: { values } };
  },
  render({ data }, paint) {
    const entries = Object.entries((data as Shown).values);
    const width = Math.max(0, ...entries.map(([key]) => key.length));
    const lines = entries.map(([key, { value, origin }]) => line(key, value, origin, width, paint));
    return lines.length > 0 ? lines.join('\n') : 'every key is at its default';
  },
});

function line(key: string, value: unknown, origin: string, width: number, paint: Paint): string {
  const text = value === null ? paint.dim('unset') : String(value);
  const from = origin === 'default' ? paint.dim(origin) : paint.strong(origin);
  return `${key.padEnd(width)}  ${text}  ${from}`;
}

/** Node providers put keys into the path of a URL: of one's own, only the origin is shown. */
function printable(key: Key, value: unknown): unknown {
  if (value === undefined) return null;
  const { kind, defaultValue } = schema[key];
  if (kind === 'secret') return String(value);
  if (kind !== 'url' || value === defaultValue) return value;
  const { protocol, host, pathname, search } = new URL(String(value));
  const rest = pathname === '/' && search === '' ? '' : '/[redacted]';
  return `${protocol}//${host}${rest}`;
}

const docs = defineCommand({
  name: 'docs',
  summary: 'print the manual of every key, as Markdown',
  examples: ['pmcp config docs', 'pmcp config docs --env-example > .env.example'],
  options: [{ flags: '--env-example', summary: 'print a template for .env instead' }],
  async run(options): Promise<Outcome<{ text: string }>> {
    const text = options['envExample'] === true ? renderEnvExample() : renderMarkdown();
    return { schema: 'pmcp.config-docs', version: 1, data: { text } };
  },
  render: ({ data }) => (data as { text: string }).text.trimEnd(),
});

export default defineCommand({
  name: 'config',
  summary: 'check, show or document the configuration',
  description: `Later wins: defaults, .env, .env.<environment>, the process environment, flags.
Keys that nothing reads stop the start, so that a misspelt limit cannot go unnoticed.`,
  subcommands: [check, show, docs],
});
