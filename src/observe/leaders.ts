import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { list, object, type Shape, text } from '../core/shape.ts';

export interface Leader {
  name: string;
  wallet: string;
  style: string;
}

const leaderList: Shape = list(object({ name: text, wallet: text, style: text }));

/** The status code and body of a GET on this machine; undefined when nobody answers in time. */
export function ask(
  url: string,
  timeoutMs = 1000,
): Promise<{ code: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: timeoutMs, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body }));
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

/** Whom the paper exchange lets trade; undefined until it answers. */
export async function askLeaders(exchangeUrl: string): Promise<Leader[] | undefined> {
  const answer = await ask(`${exchangeUrl}/control/leaders`);
  if (answer?.code !== 200) return undefined;
  try {
    const leaders: unknown = JSON.parse(answer.body);
    return leaderList(leaders, 'leaders') === undefined ? (leaders as Leader[]) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The wallets file of a run on paper: follows every leader. undefined when the file follows them
 * all already, so that an operator's own caps in it stay.
 */
export function walletsFileFor(leaders: readonly Leader[], path: string): string | undefined {
  const present = readOr(path, '').toLowerCase();
  if (leaders.every(({ wallet }) => present.includes(wallet.toLowerCase()))) return undefined;
  const wallets = leaders.map(({ name, wallet }) => ({ address: wallet, label: name }));
  return `${JSON.stringify({ target_wallets: wallets }, null, 2)}\n`;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
