import type { Paint } from '../command.ts';

/** What was done on one host, or why it could not be. */
export interface HostPart<Result> {
  host: string;
  result?: Result;
  problem?: string | undefined;
}

/** Each host's part under its name, which a single one does not need. */
export function drawHosts<Result>(
  data: object,
  paint: Paint,
  drawn: (result: Result) => string,
): string {
  const { hosts } = data as { hosts: HostPart<Result>[] };
  return hosts
    .map(({ host, result, problem }) => {
      const body = result === undefined ? paint.bad(problem ?? '') : drawn(result);
      return hosts.length > 1 ? `${paint.strong(host)}\n${body}` : body;
    })
    .join('\n\n');
}
