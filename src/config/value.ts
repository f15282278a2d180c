/** One value: text to its type, or what would have been allowed. */
import { isIP } from 'node:net';
import type { KeySpec } from './key-spec.ts';
import { Secret } from './secret.ts';

export type Parsed = { value: unknown } | { wrong: string; allowed: string };
type AnySpec = KeySpec<unknown>;
type Parser = (text: string, spec: AnySpec) => unknown;

const TRUE = new Set(['true', 'yes', 'on', '1']);
const FALSE = new Set(['false', 'no', 'off', '0']);

/** undefined: not of that kind. */
const parsers: Record<KeySpec<unknown>['kind'], Parser> = {
  boolean: (text) => {
    const word = text.toLowerCase();
    return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
  },
  number: (text) => (/^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined),
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined),
  port: (text) => (/^\d{1,5}$/.test(text) ? Number(text) : undefined),
  choice: (text, spec) => (spec.choices?.includes(text) ? text : undefined),
  host: (text) => (isIP(text) > 0 || isHostName(text) ? text : undefined),
  url: (text, spec) => (isUrl(text, protocols(spec)) ? text : undefined),
  path: (text) => text,
  string: (text, spec) => (fits(text, spec) ? text : undefined),
  secret: (text, spec) => (fits(text, spec) ? new Secret(text) : undefined),
};

const KINDS: Record<KeySpec<unknown>['kind'], string> = {
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  port: 'a port',
  choice: 'one of the choices',
  host: 'a host name or IP address',
  url: 'a URL',
  path: 'a path',
  string: 'a text',
  secret: 'a secret',
};

export function parseValue(text: string, spec: AnySpec): Parsed {
  if (text === '' && spec.defaultValue === undefined) return { value: undefined };
  if (text === '') return { wrong: 'is empty', allowed: allowedFor(spec) };
  const value = parsers[spec.kind](text, spec);
  if (value === undefined) {
    return { wrong: `${shown(text, spec)} is not ${kindOf(spec)}`, allowed: allowedFor(spec) };
  }
  if (typeof value === 'number' && spec.min !== undefined && value < spec.min) {
    return { wrong: `${text} is below ${spec.min}`, allowed: allowedFor(spec) };
  }
  if (typeof value === 'number' && spec.max !== undefined && value > spec.max) {
    return { wrong: `${text} is above ${spec.max}`, allowed: allowedFor(spec) };
  }
  return { value };
}

/** What may stand there: `a number from 0 to 1 (fraction)`. */
export function allowedFor(spec: AnySpec): string {
  const range = rangeOf(spec);
  const unit = spec.unit === undefined ? '' : ` (${spec.unit})`;
  return `${kindOf(spec)}${range === '' ? '' : ` ${range}`}${unit}`;
}

function kindOf(spec: AnySpec): string {
  if (spec.kind === 'choice') return `one of ${(spec.choices ?? []).join(', ')}`;
  if (spec.kind === 'url') return `a URL (${protocols(spec).join(' or ')})`;
  return spec.expected ?? KINDS[spec.kind];
}

function rangeOf({ min, max }: AnySpec): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return min === undefined ? '' : `from ${min}`;
}

/** The value as it may be repeated: never a secret, nor a URL, which may carry one. */
function shown(text: string, spec: AnySpec): string {
  if (spec.kind === 'secret') return `the value (${text.length} characters)`;
  if (spec.kind === 'url') return 'the value';
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function fits(text: string, spec: AnySpec): boolean {
  return spec.pattern?.test(text) ?? true;
}

function isHostName(text: string): boolean {
  const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
  return text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text);
}

/** A default of wss:// wants a socket, one of https:// a web address. */
function protocols(spec: AnySpec): string[] {
  return String(spec.defaultValue).startsWith('ws') ? ['ws:', 'wss:'] : ['http:', 'https:'];
}

function isUrl(text: string, allowed: readonly string[]): boolean {
  return URL.canParse(text) && allowed.includes(new URL(text).protocol);
}
