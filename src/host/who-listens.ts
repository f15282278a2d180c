import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { get } from 'node:http';

export interface Listener {
  /** Words such as "Prometheus (pid 812)"; undefined: it shows nothing of itself. */
  name: string | undefined;
  isPrometheus: boolean;
}

/** Who has this port of this machine: by what it answers over HTTP, and by the tables of Linux. */
export async function whoListens(host: string, port: number, proc = '/proc'): Promise<Listener> {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const [ready, metrics] = await Promise.all([
    peek(address, port, '/-/ready'),
    peek(address, port, '/metrics'),
  ]);
  const isPrometheus = ready.startsWith('Prometheus Server');
  const process = processOn(port, proc);
  const known = isPrometheus ? 'Prometheus' : /^pmcp_build_info/m.test(metrics) && 'another pmcp';
  if (known === false) return { name: process, isPrometheus };
  const pid = process === undefined ? '' : ` (${process})`;
  return { name: `${known}${pid}`, isPrometheus };
}

const PEEK_MS = 500;
const PEEK_BYTES = 100_000;

/** The beginning of what is served there; empty when that is not HTTP. */
function peek(host: string, port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    let body = '';
    const request = get({ host, port, path, timeout: PEEK_MS, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length > PEEK_BYTES) request.destroy();
      });
      response.on('close', () => resolve(body));
    });
    // Also for what trickles: not only a silent one is given up.
    setTimeout(() => request.destroy(), PEEK_MS).unref();
    request.on('error', () => resolve(body));
  });
}

const LISTENING = '0A';

/** "node, pid 812"; undefined when another user's process, whose files are hidden, has the port. */
function processOn(port: number, proc: string): string | undefined {
  const pid = pidListening(port, proc);
  return pid && `${read(`${proc}/${pid}/comm`).trim()}, pid ${pid}`;
}

/** Who listens on this port of this machine, as far as this user may see it. */
export function pidListening(port: number, proc = '/proc'): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of read(`${proc}/net/${table}`).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local = '', , state] = fields;
      if (state === LISTENING && local.endsWith(`:${hex}`)) inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  return list(proc).find((name) => /^\d+$/.test(name) && holds(`${proc}/${name}/fd`, inodes));
}

function holds(directory: string, inodes: ReadonlySet<string>): boolean {
  return list(directory).some((name) => {
    try {
      return inodes.has(readlinkSync(`${directory}/${name}`));
    } catch {
      return false;
    }
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
