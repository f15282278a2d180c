import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAddress, parseInventory } from '../../../src/deploy/hosts/address.ts';
import { createLocalHost } from '../../../src/deploy/hosts/local.ts';
import { openHost, privileged } from '../../../src/deploy/hosts/open.ts';
import { commandLine } from '../../../src/deploy/hosts/quote.ts';
import { sshArgv } from '../../../src/deploy/hosts/ssh.ts';
import { ConfigError, InconclusiveError } from '../../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'pmcp-hosts-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('quoting', () => {
  test('a shell splits a command line into the very words', () => {
    const word = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    const nasty = fc.constantFrom('', "'", '$(id)', '`id`', '-n', '\n', ' ', '*', '~', "a'b\\'c");
    fc.assert(
      fc.property(fc.array(fc.oneof(word, nasty), { maxLength: 6 }), (words) => {
        const script = commandLine(['printf', '%s\\0', ...words]);
        const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'buffer' });
        const expected = words.length === 0 ? '\0' : words.map((each) => `${each}\0`).join('');
        expect(stdout.toString('utf8')).toBe(Buffer.from(expected).toString('utf8'));
      }),
      { numRuns: 60 },
    );
  });
});

describe('addresses', () => {
  test.each([
    ['local', { kind: 'local', name: 'local' }],
    [
      'ssh://op@bot.example',
      {
        kind: 'ssh',
        name: 'ssh://op@bot.example',
        user: 'op',
        host: 'bot.example',
        port: undefined,
      },
    ],
    [
      'ssh://root@10.0.0.2:2222',
      { kind: 'ssh', name: 'ssh://root@10.0.0.2:2222', user: 'root', host: '10.0.0.2', port: 2222 },
    ],
    [
      'ssh://[fe80::1]',
      { kind: 'ssh', name: 'ssh://[fe80::1]', user: undefined, host: 'fe80::1', port: undefined },
    ],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  test.each([
    ...['', 'remote', 'ssh://', 'ssh://-oProxyCommand=x', 'ssh://a@-b', 'ssh://a b', 'ssh://h:0'],
    ...['ssh://h:70000', 'ssh://h/path', 'http://h', 'ssh://a@b;id'],
  ])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(ConfigError);
  });

  test('an inventory names each host once', () => {
    expect(parseInventory(' local , ssh://a@b,').map(({ name }) => name)).toEqual([
      'local',
      'ssh://a@b',
    ]);
    expect(() => parseInventory('local,local')).toThrow('local is named twice');
    expect(() => parseInventory(' , ')).toThrow('no host is named');
  });
});

describe('ssh', () => {
  test('asks nothing, gives up in time, and takes the port and user given', () => {
    const address = parseAddress('ssh://op@bot.example:2200');
    if (address.kind !== 'ssh') throw new Error('not ssh');
    const words = sshArgv(address, '/tmp/s', { configFile: '/etc/conf' });
    expect(words.slice(0, 3)).toEqual(['ssh', '-F', '/etc/conf']);
    expect(words).toContain('BatchMode=yes');
    expect(words.slice(-4)).toEqual(['-p', '2200', '-l', 'op']);
  });

  test('a host that does not answer is named, with what to do', async () => {
    const host = openHost(parseAddress('ssh://op@127.0.0.1:1'));
    await expect(host.run(['true'])).rejects.toThrow(/ssh:\/\/op@127.0.0.1:1 cannot be reached/);
    await expect(host.run(['true'])).rejects.toThrow(InconclusiveError);
    await host.close();
  });
});

describe('the local host', () => {
  const host = createLocalHost();

  test('answers with exit code and both streams', async () => {
    const argv = ['sh', '-c', 'cat; echo "$1" >&2; exit 3', 'sh', "it's"];
    const answer = await host.run(argv, { input: 'in' });
    expect(answer).toEqual({ code: 3, stdout: 'in', stderr: "it's\n" });
  });

  test('a command that does not end is killed', async () => {
    await expect(host.run(['sleep', '9'], { timeoutMs: 50 })).rejects.toThrow(
      'local: sleep 9 did not end within 50 ms',
    );
    const { code } = await host.run(['sh', '-c', 'kill -9 $$']);
    expect(code).toBe(137);
  });

  test('an interruption ends it', async () => {
    const abort = new AbortController();
    const running = host.run(['sleep', '9'], { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(host.run(['true'], { signal: abort.signal })).rejects.toThrow('enough');
  });

  test('a program that is not there, and one that does not read its input', async () => {
    await expect(host.run(['/no/such/program'])).rejects.toThrow('cannot be started');
    const { code } = await host.run(['true'], { input: 'x'.repeat(1_000_000) });
    expect(code).toBe(0);
  });

  test('an upload is whole or not there', async () => {
    const from = join(directory, 'from');
    writeFileSync(from, 'release');
    const to = join(directory, "to's place");
    await openHost(parseAddress('local')).upload(from, to);
    expect(readFileSync(to, 'utf8')).toBe('release');
    await expect(host.upload(from, join(directory, 'missing', 'to'))).rejects.toThrow(
      'cannot be written',
    );
    expect(readdirSync(directory).sort()).toEqual(['from', "to's place"]);
  });
});

describe('an operator who is not root', () => {
  const acting = async (uid: string, sudoCode: number) => {
    const seen: string[] = [];
    const host = privileged({
      ...createLocalHost(),
      run: async (argv) => {
        seen.push(argv.join(' '));
        const code = argv[0] === 'sudo' && argv.at(-1) === 'true' ? sudoCode : 0;
        return { code, stdout: argv[0] === 'id' ? uid : '', stderr: '' };
      },
    });
    await host.run(['systemctl', 'daemon-reload']);
    await host.run(['ls']);
    return seen.slice(-2);
  };

  test('acts through sudo where that asks no password', async () => {
    expect(await acting('0\n', 0)).toEqual(['systemctl daemon-reload', 'ls']);
    expect(await acting('1000\n', 0)).toEqual([
      'sudo -n -- systemctl daemon-reload',
      'sudo -n -- ls',
    ]);
    expect(await acting('1000\n', 1)).toEqual(['systemctl daemon-reload', 'ls']);
  });
});
