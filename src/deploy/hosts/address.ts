import { ConfigError } from '../../errors.ts';

/** Where a host of the inventory is. */
export type Address =
  | { kind: 'local'; name: string }
  | {
      kind: 'ssh';
      name: string;
      /** Undefined: OpenSSH's own configuration says which. */
      user: string | undefined;
      host: string;
      port: number | undefined;
    };

const SSH =
  /^ssh:\/\/(?:([a-z_][a-z0-9_.-]{0,31})@)?(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9.-]*)(?::(\d{1,5}))?$/i;
const HINT = 'Write `local`, or ssh://user@host or ssh://user@host:port.';

/** `local` or `ssh://user@host:port`; anything else could become an option of ssh. */
export function parseAddress(text: string): Address {
  const name = text.trim();
  if (name === 'local') return { kind: 'local', name };
  const [, user, host, digits] = SSH.exec(name) ?? [];
  if (host === undefined)
    throw new ConfigError(`${JSON.stringify(text)} is no host`, { hint: HINT });
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) {
    throw new ConfigError(`${name}: ${port} is no port`, { hint: HINT });
  }
  return { kind: 'ssh', name, user, host: host.replace(/^\[|\]$/g, ''), port };
}

/** The inventory: hosts with commas, each once. */
export function parseInventory(text: string): Address[] {
  const addresses = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseAddress);
  const seen = new Set<string>();
  for (const { name } of addresses) {
    if (seen.has(name))
      throw new ConfigError(`${name} is named twice`, { hint: 'Keep one of them.' });
    seen.add(name);
  }
  if (addresses.length === 0) throw new ConfigError('no host is named', { hint: HINT });
  return addresses;
}
