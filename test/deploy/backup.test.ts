import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { expect, test } from 'vitest';
import { backupName, backupStep, listBackups, verifyBackup } from '../../src/deploy/backup.ts';
import { PMCP } from '../journeys/run.ts';
import { createGround } from './ground.ts';

const at = new Date('2026-09-01T10:15:00.123Z');
const KEY = `0x${'5e'.repeat(32)}`;

async function installed() {
  const ground = createGround();
  const { root, layout, units } = ground;
  for (const id of ['r1', 'r2']) mkdirSync(layout.release(id), { recursive: true });
  symlinkSync('releases/r2', layout.current);
  symlinkSync('releases/r1', layout.currentBot);
  mkdirSync(layout.config, { recursive: true });
  mkdirSync(layout.data);
  writeFileSync(join(units, 'polymarket-mcp.service'), '[Service]\n');
  writeFileSync(join(units, 'pmcp-revert.timer'), 'of another change\n');
  writeFileSync(
    join(layout.config, '.env'),
    `# old key ${KEY}\nexport MAX_DAILY_LOSS=50\nPRIVATE_KEY=${KEY}\nPRIVATE_KEY_FILE=/etc/key
GAMMA_URL=https://user:word@gamma\nTELEGRAM_BOT_TOKEN="1:a\nMAX_POSITION_SIZE"\nunknown=${KEY}\n`,
  );
  writeFileSync(join(layout.config, '.env.production'), 'MIN_TRADE_AMOUNT = 2\n');
  writeFileSync(join(layout.config, 'wallets.json'), '{}');
  writeFileSync(join(layout.config, 'key'), KEY);
  const db = new DatabaseSync(join(layout.data, 'monitor.db'));
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  const { argv, input } = backupStep(layout, { at, node: process.execPath });
  const run = () => {
    const own = argv.map((word) => (word === '/etc/systemd/system' ? units : word));
    return ground.host.run(own, { input: input ?? '' });
  };
  return { ...ground, db, run, file: join(layout.backups, `${backupName(at)}.tar.gz`), root };
}

test('holds links, units, settings without secrets, and a database that is being written', async () => {
  const { run, file, root, db, layout, host } = await installed();
  db.exec('BEGIN; INSERT INTO t VALUES (2)');
  expect(await run()).toEqual({ code: 0, stdout: '', stderr: '' });
  db.exec('COMMIT');
  expect(readdirSync(layout.backups).sort()).toEqual([
    'mcp_20260901T101500Z.tar.gz',
    'mcp_20260901T101500Z.tar.gz.sha256',
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const listed = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
  expect(listed.sort()).toEqual([
    'current',
    'current-bot',
    'restore/',
    'restore/backup.json',
    'restore/config/',
    'restore/config/.env',
    'restore/config/.env.production',
    'restore/config/wallets.json',
    'restore/monitor.db',
    'restore/units/',
    'restore/units/polymarket-mcp.service',
  ]);
  const into = join(root, 'elsewhere');
  mkdirSync(into, { mode: 0o755 });
  // The plan's own command.
  execFileSync('tar', ['-xzf', file, '-C', into]);
  expect(statSync(into).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(into, 'current'))).toBe('releases/r2');
  expect(readlinkSync(join(into, 'current-bot'))).toBe('releases/r1');
  const env = readFileSync(join(into, 'restore/config/.env'), 'utf8');
  expect(env).toBe('MAX_DAILY_LOSS=50\n');
  expect(readFileSync(join(into, 'restore/config/.env.production'), 'utf8')).toContain('= 2');
  expect(spawnSync('grep', ['-rl', KEY, into])).toMatchObject({ status: 1 });
  const copy = new DatabaseSync(join(into, 'restore/monitor.db'), { readOnly: true });
  expect(copy.prepare('SELECT x FROM t').all()).toEqual([{ x: 1 }]);
  expect(await verifyBackup(host, layout, 'mcp_20260901T101500Z.tar.gz')).toEqual({
    madeAt: at.toISOString(),
    current: 'r2',
    currentBot: 'r1',
  });
});

test('secrets are in it on request, for the owner of an identity alone', async () => {
  const { root, layout, units, host } = await installed();
  mkdirSync(join(layout.config, 'credentials'));
  writeFileSync(join(layout.config, 'credentials/PRIVATE_KEY'), KEY);
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const { argv, input, reason } = backupStep(layout, { at, node: process.execPath, recipient });
  expect(reason).toContain(recipient);
  const own = argv.map((word) => {
    return word === '/etc/systemd/system' ? units : word.endsWith('/bin/pmcp') ? PMCP : word;
  });
  expect(await host.run(own, { input: input ?? '' })).toMatchObject({ code: 0, stderr: '' });
  execFileSync('tar', ['-xzf', join(layout.backups, `${backupName(at)}.tar.gz`), '-C', root]);
  expect(spawnSync('grep', ['-rl', KEY, join(root, 'restore')])).toMatchObject({ status: 1 });
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const plain = await decrypter.decrypt(readFileSync(join(root, 'restore/secrets.tar.age')));
  const members = execFileSync('tar', ['-t'], { input: plain, encoding: 'utf8' }).trim();
  expect(members.split('\n').sort()).toEqual([
    'shared/config/.env',
    'shared/config/.env.production',
    'shared/config/credentials/PRIVATE_KEY',
  ]);
  for (const wrong of ['', 'age1', `age1${'b'.repeat(58)}`, 'ssh-ed25519 AAAA', '--into']) {
    const options = { at, node: '/n', recipient: wrong };
    expect(() => backupStep(layout, options)).toThrow('is no age recipient');
  }
});

test('one flipped bit, a cut, or a lost checksum: it is not restored', async () => {
  const { run, file, layout, host } = await installed();
  await run();
  const [backup] = await listBackups(host, layout);
  expect(backup).toMatchObject({ path: file, bytes: statSync(file).size });
  const whole = readFileSync(file);
  const bad = Buffer.from(whole);
  bad[Math.floor(bad.length / 2)] = (bad[Math.floor(bad.length / 2)] ?? 0) ^ 1;
  for (const content of [bad, whole.subarray(0, whole.length - 1), Buffer.alloc(0)]) {
    writeFileSync(file, content);
    const verified = verifyBackup(host, layout, backup?.name ?? '');
    await expect(verified).rejects.toThrow(/mcp_20260901T101500Z.tar.gz is damaged/);
  }
  writeFileSync(file, whole);
  await verifyBackup(host, layout, backup?.name ?? '');
  execFileSync('rm', [`${file}.sha256`]);
  expect(await listBackups(host, layout)).toEqual([]);
});

test('a backup that cannot be written whole leaves nothing behind', async () => {
  const { run, layout, db } = await installed();
  db.close();
  writeFileSync(
    join(layout.data, 'monitor.db'),
    'this is no database, and long enough to tell'.repeat(50),
  );
  const { code, stderr } = await run();
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/not a database|malformed/);
  expect(readdirSync(layout.backups)).toEqual([]);
});

test('where nothing is installed yet, there is nothing to back up but the settings', async () => {
  const { host, layout, units } = createGround();
  const { argv, input } = backupStep(layout, { at, node: '/nowhere' });
  const own = argv.map((word) => (word === '/etc/systemd/system' ? units : word));
  const options = { input: input ?? '' };
  expect((await host.run(own, options)).code).toBe(0);
  const name = `${backupName(at)}.tar.gz`;
  expect(await verifyBackup(host, layout, name)).toMatchObject({ current: undefined });
  chmodSync(join(layout.backups, name), 0o600);
  expect(existsSync(layout.current)).toBe(false);
  expect(await listBackups(host, { ...layout, backups: '/nowhere' })).toEqual([]);
});
