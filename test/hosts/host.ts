import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, describe } from 'vitest';
import type { Answer, Host, RunOptions } from '../../src/deploy/host.ts';
import { InconclusiveError } from '../../src/errors.ts';

/**
 * Debian hosts with a real systemd and enforced limits, one boot each (half a second), for tests.
 * They are deployed to like any server: as a `Host` by their own root shell, or over ssh at `ip`.
 */
export interface TestHost extends Host {
  ip: string;
  /** As `run`, but an exit code other than 0 is a failed test. Returns stdout, trimmed. */
  must(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** A script for `sh -eu`; as `must`. */
  sh(script: string, options?: RunOptions): Promise<string>;
  /** Copies a file or directory of this machine. */
  copy(from: string, to: string): Promise<void>;
  /** The text of a file there. */
  read(path: string): Promise<string>;
  write(path: string, text: string, mode?: string): Promise<void>;
  /** Cuts its power and boots it again on its own disk. */
  reset(): Promise<void>;
}

export interface TestHostOptions {
  /** Begins its name; what is unique about it is added. */
  name?: string;
  /** Public key that root is let in with over ssh; makes sshd run. */
  sshKey?: string;
  /** `SRC:DST[:ro]` of this machine, shown in the host. */
  binds?: readonly string[];
}

const PROGRAM = resolve(import.meta.dirname, 'systemd-host');
/** Building the root file system takes a minute; afterwards it is there. */
export const FIRST_START_MS = 600_000;

function findProblem(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const rootfs = join(process.env['XDG_CACHE_HOME'] ?? '/var/cache', 'systemd-host/rootfs');
  const tools = ['ip', 'nsenter', 'unshare', ...(existsSync(rootfs) ? [] : ['debootstrap'])];
  const lost = tools.filter((name) => !onPath(name));
  if (lost.length > 0) return `no ${lost.join(', ')}`;
  if (!existsSync('/sys/fs/cgroup')) return 'no cgroups';
  try {
    // What the container that we may be in forbids: namespaces, and cgroups of our own.
    execFileSync('unshare', ['--mount', '--pid', '--fork', '--net', 'true'], { stdio: 'pipe' });
  } catch {
    return 'no namespaces may be made';
  }
  try {
    // At once when it is built; otherwise a minute, or why it cannot be.
    execFileSync('bash', [PROGRAM, 'build'], { stdio: 'pipe', timeout: FIRST_START_MS });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error).trim();
  }
}

function onPath(name: string): boolean {
  const places = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':');
  return places.some((place) => place !== '' && existsSync(join(place, name)));
}

/** Tests on real hosts: where none can run they are skipped, by name and with the reason. */
export function describeOnHosts(name: string, tests: () => void): void {
  const title = hostProblem === undefined ? name : `${name} (skipped: ${hostProblem})`;
  describe.skipIf(hostProblem !== undefined)(title, tests);
}

/** Why no host can run here; undefined when they can. */
export const hostProblem: string | undefined = findProblem();

const started = new Set<string>();
let count = 0;

/** Boots a host that is stopped, whatever happens, when the test file ends. */
export async function startHost(options: TestHostOptions = {}): Promise<TestHost> {
  count += 1;
  const name = `${options.name ?? 'pmcp'}-${process.pid.toString(36)}-${count}`;
  const argv = ['start', name];
  if (options.sshKey !== undefined) argv.push('--ssh-key', options.sshKey);
  for (const bind of options.binds ?? []) argv.push('--bind', bind);
  started.add(name);
  const ip = await manage(argv);
  return hostNamed(name, ip);
}

function hostNamed(name: string, ip: string): TestHost {
  const run: Host['run'] = (argv, options = {}) =>
    answerOf([PROGRAM, 'exec', name, '--', ...argv], options, name);
  const must: TestHost['must'] = async (argv, options) => {
    const { code, stdout, stderr } = await run(argv, options);
    if (code === 0) return stdout.trim();
    throw new Error(`${name}: ${argv.join(' ')} gave ${code}: ${stdout}${stderr}`);
  };
  const copy = async (from: string, to: string) => {
    await manage(['cp', name, from, to]);
  };
  return {
    name,
    ip,
    run,
    must,
    copy,
    sh: (script, options) => must(['sh', '-euc', script], options),
    read: (path) => must(['cat', path]),
    write: async (path, text, mode = '0644') => {
      const script = 'mkdir -p "$(dirname "$1")" && umask 077 && cat >"$1" && chmod "$2" "$1"';
      await must(['sh', '-c', script, 'write', path, mode], { input: text });
    },
    upload: async (localPath, remotePath) => {
      const partial = join(dirname(remotePath), `.${basename(remotePath)}.partial`);
      await copy(localPath, partial);
      await must(['mv', '-T', partial, remotePath]);
    },
    reset: async () => {
      await manage(['reset', name]);
    },
    close: async () => {
      if (started.delete(name)) await manage(['stop', name]);
    },
  };
}

async function manage(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await answerOf([PROGRAM, ...argv], {}, 'systemd-host');
  if (code !== 0) throw new Error(`systemd-host ${argv.join(' ')} gave ${code}: ${stderr}`);
  return stdout.trim();
}

function answerOf(argv: readonly string[], options: RunOptions, name: string): Promise<Answer> {
  const { input, timeoutMs, signal } = options;
  return new Promise((done, failed) => {
    // A stop in Ctrl-C's way would leave a host behind: a session of its own.
    const child = spawn('bash', argv, { detached: true, ...(signal && { signal }) });
    let stdout = '';
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs ?? FIRST_START_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    child.once('error', failed);
    child.once('close', (code, killed) => {
      clearTimeout(timer);
      if (late) failed(new InconclusiveError(`${name}: no answer within ${timeoutMs} ms`));
      else {
        // As a shell tells it.
        const signalled = killed === null ? 255 : 128 + constants.signals[killed];
        done({ code: code ?? signalled, stdout, stderr });
      }
    });
  });
}

/** An SSH key that exists as long as the test file runs; `.pub` beside it for `startHost`. */
export function sshKey(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-key-'));
  keys.push(directory);
  const path = join(directory, 'id');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  return path;
}

/** A client's configuration that knows this key alone, and any host; beside the key. */
export function sshConfig(key: string): string {
  const path = join(dirname(key), 'ssh_config');
  const text =
    `Host *\nIdentityFile ${key}\nIdentitiesOnly yes\nStrictHostKeyChecking no\n` +
    'UserKnownHostsFile /dev/null\nLogLevel ERROR\n';
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const keys: string[] = [];

function stopNow(): void {
  for (const name of started) {
    try {
      execFileSync('bash', [PROGRAM, 'stop', name], { stdio: 'ignore', timeout: 20_000 });
    } catch {
      // It had not started, or is being stopped by somebody else.
    }
  }
  started.clear();
}

process.once('exit', stopNow);
afterAll(() => {
  stopNow();
  for (const directory of keys) rmSync(directory, { recursive: true, force: true });
}, 60_000);
