import { createServer } from 'node:net';
import type { Problem } from '../errors.ts';
import { whoListens } from './who-listens.ts';

/** A port that a program of ours wants to listen on. */
export interface WantedPort {
  host: string;
  port: number;
  /** Names it in messages, as in "the dashboard". */
  what: string;
  /** The configuration key of the port. */
  key: string;
}

/** Why this port cannot be listened on, by the code of the system; undefined when it can. */
export function portProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}

/** What to tell whoever wanted the port: what is in the way, as far as it can be found out. */
export async function explainPort(wanted: WantedPort, code: string): Promise<Problem> {
  const { host, port, what, key } = wanted;
  if (code !== 'EADDRINUSE') {
    return {
      message: `${what} cannot listen on ${host}:${port}: ${code}`,
      hint: `Set ${key} and its host to an address of this machine.`,
    };
  }
  const { name, isPrometheus } = await whoListens(host, port);
  const by = name === undefined ? '' : ` by ${name}`;
  const message = `port ${port} of ${what} (${key}) is in use on ${host}${by}`;
  const hint = isPrometheus
    ? `Prometheus itself takes ${port} by default: set ${key}=9464 and let it scrape that port.`
    : `Stop what listens there (\`ss -ltnp 'sport = :${port}'\`), or set ${key}.`;
  return { message, hint };
}
