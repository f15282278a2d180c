import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InconclusiveError } from '../../errors.ts';
import type { Host } from '../host.ts';
import type { Address } from './address.ts';
import { runProcess } from './process.ts';
import { commandLine } from './quote.ts';
import { transfer } from './transfer.ts';

export interface SshOptions {
  /** For `ssh -F`; undefined: OpenSSH looks where it always does. */
  configFile?: string | undefined;
}

type SshAddress = Extract<Address, { kind: 'ssh' }>;

const CONNECT_SECONDS = 10;
/** What ssh itself ends with; of a command on the host it cannot be told apart. */
const NO_CONNECTION = 255;

/** Words of the client's command line up to where the command for the host follows. */
export function sshArgv(address: SshAddress, socket: string, options: SshOptions): string[] {
  const settings = [
    'BatchMode=yes',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    // A silent connection is given up after 15 s; without these, after hours.
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    `ControlPath=${socket}`,
  ];
  return [
    'ssh',
    ...(options.configFile ? ['-F', options.configFile] : []),
    ...settings.flatMap((setting) => ['-o', setting]),
    ...(address.port === undefined ? [] : ['-p', String(address.port)]),
    ...(address.user === undefined ? [] : ['-l', address.user]),
  ];
}

/** A machine behind OpenSSH: its own client and configuration, one connection for all commands. */
export function createSshHost(address: SshAddress, options: SshOptions = {}): Host {
  const { name, host } = address;
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-ssh-'));
  const words = sshArgv(address, join(directory, 's'), options);
  let master: ChildProcess | undefined;

  const connect = async () => {
    const [command = '', ...args] = [...words, '-o', 'ControlMaster=yes', '-N', '--', host];
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    master = child;
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    const ended = new Promise<true>((resolve) => {
      child.once('error', () => resolve(true));
      child.once('close', () => resolve(true));
    });
    const deadline = performance.now() + (CONNECT_SECONDS + 5) * 1000;
    while (performance.now() < deadline) {
      const check = await runProcess([...words, '-O', 'check', '--', host], { host: name });
      if (check.code === 0) return;
      const pause = new Promise<false>((resolve) => setTimeout(() => resolve(false), 30));
      if (await Promise.race([ended, pause])) break;
    }
    child.kill('SIGKILL');
    throw unreachable(name, said);
  };
  let connecting: Promise<void> | undefined;
  const run: Host['run'] = async (argv, how) => {
    connecting ??= connect();
    await connecting;
    const all = [...words, '-o', 'ControlMaster=no', '-T', '--', host, commandLine(argv)];
    const answer = await runProcess(all, { ...how, host: name });
    if (answer.code === NO_CONNECTION) throw unreachable(name, answer.stderr);
    return answer;
  };

  return {
    name,
    run,
    upload: (from, to, signal) => transfer(run, from, to, signal),
    async close() {
      master?.kill('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function unreachable(name: string, said: string): InconclusiveError {
  const why = said.trim().split('\n').at(-1)?.trim() || 'no answer';
  return new InconclusiveError(`${name} cannot be reached: ${why}`, { hint: hintFor(why) });
}

function hintFor(why: string): string {
  if (/host key/i.test(why)) return 'Log in once by hand with `ssh`, and compare the host key.';
  if (/permission denied/i.test(why)) return 'Add your key there, or to your SSH agent.';
  return 'Check that `ssh` reaches it from here.';
}
