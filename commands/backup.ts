import { writeFileSync } from 'node:fs';
import { defineCommand, type Outcome } from '../src/command.ts';
import { type Backup, listBackups } from '../src/deploy/backup.ts';
import { askHosts, chooseHosts } from '../src/deploy/hosts/chosen.ts';
import { checkRecipient } from '../src/deploy/recipient.ts';
import { makeBackup } from '../src/deploy/releases/operate.ts';
import { operatorName } from '../src/host/operator.ts';
import { drawHosts } from '../src/screen/hosts.ts';

const hostOption = {
  flags: '--host <host...>',
  summary: 'these hosts only (default: all of DEPLOY_HOSTS)',
};

const make = defineCommand({
  name: 'make',
  summary: 'back hosts up now',
  description: `Links, units, settings without secrets and the monitoring history, in
backups/mcp/mcp_<UTC timestamp>.tar.gz with its checksum. A deploy does it by itself.

With --include-secrets the .env files and credentials are in it too, encrypted to an age recipient:
only the owner of that identity can read them, with \`age --decrypt\`.`,
  examples: ['pmcp backup make', 'pmcp backup make --include-secrets age1...'],
  options: [hostOption, { flags: '--include-secrets <recipient>', summary: 'for this age key' }],
  async run(options, context): Promise<Outcome> {
    const chosen = chooseHosts(await context.config(), [options['host'] ?? []].flat() as string[]);
    const recipient = options['includeSecrets'];
    const made = await askHosts(chosen, (host) =>
      makeBackup(host, chosen.layout, {
        by: operatorName(),
        ...(recipient === undefined ? {} : { recipient: String(recipient) }),
      }),
    );
    return { schema: 'pmcp.backup-made', version: 1, ...made };
  },
  render: ({ data }, paint) =>
    drawHosts<{ path: string }>(data, paint, ({ path }) => paint.good(path)),
});

const list = defineCommand({
  name: 'list',
  summary: 'the backups of each host, newest first',
  examples: ['pmcp backup list --json'],
  options: [hostOption],
  async run(options, context): Promise<Outcome> {
    const chosen = chooseHosts(await context.config(), [options['host'] ?? []].flat() as string[]);
    const found = await askHosts(chosen, async (host) => ({
      backups: await listBackups(host, chosen.layout),
    }));
    return { schema: 'pmcp.backups', version: 1, ...found };
  },
  render: ({ data }, paint) =>
    drawHosts<{ backups: Backup[] }>(data, paint, ({ backups }) => {
      const lines = backups.map(({ path, bytes }) => `${path}  ${(bytes / 1e6).toFixed(1)} MB`);
      return lines.join('\n') || 'there is none';
    }),
});

const seal = defineCommand({
  name: 'seal',
  summary: 'encrypt standard input to an age recipient; what a backup on a host uses',
  examples: [
    'pmcp backup seal age1... --into secrets.age <secrets.tar',
    'tar -c shared/config | pmcp backup seal age1... --into secrets.tar.age',
  ],
  arguments: [{ name: '<recipient>', summary: 'public key of an age identity' }],
  options: [{ flags: '--into <file>', summary: 'where to; mode 0600' }],
  async run(options): Promise<Outcome> {
    const { seal: encrypt } = await import('../src/deploy/seal.ts');
    const recipient = checkRecipient(String(options['recipient']));
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    const into = String(options['into'] ?? 'secrets.age');
    const sealed = await encrypt(Buffer.concat(chunks), recipient);
    writeFileSync(into, sealed, { mode: 0o600 });
    const data = { into, recipient, bytes: sealed.length };
    return { schema: 'pmcp.sealed', version: 1, data };
  },
  render: ({ data }) => JSON.stringify(data),
});

export default defineCommand({
  name: 'backup',
  summary: 'back hosts up for a full rollback',
  description: 'Restored by `pmcp rollback --full`, or by hand: see docs/rollback.md.',
  subcommands: [make, list, seal],
});
