/** Replaces secrets in everything that leaves the process. */
export type Redact = (text: string) => string;

const REDACTED = '[redacted]';

/** Names whose value is a secret, wherever it is written: PRIVATE_KEY="...", token: '...'. */
const NAMED = new RegExp(
  [
    '((?:private_?key|secret|(?:bot|access|auth|api|bearer)?_?token|passphrase|passwd|password',
    '|api_?key|mnemonic|seed_?phrase)',
    String.raw`["'\]]*\s*(?::\s*\w+\s*)?[:=]\s*(?:new \w+\()?["'\x60]?)`,
    String.raw`(?!process\.env|os\.environ|\[redacted\]|\$\{|\w+\()`,
    String.raw`([^\s"'\x60,;)}]{8,})`,
  ].join(''),
  'gi',
);
/** Shapes that are secret by themselves. */
const SHAPES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])/g,
  /\bBearer\s+[\w.~+/-]{16,}=*/g,
];
const SECRET_NAME = /key|secret|token|pass|mnemonic|credential/i;
/** Shorter values would redact ordinary words. */
const MIN_LENGTH = 8;

export interface RedactOptions {
  /** Values known to be secret, such as the configured ones. */
  secrets: Iterable<string>;
  /** Every variable whose name says secret is one. */
  env: Readonly<Record<string, string | undefined>>;
}

export function createRedact({ secrets, env }: RedactOptions): Redact {
  const named = Object.entries(env).filter(
    ([name]) => SECRET_NAME.test(name) && !/_FILE$/.test(name),
  );
  const values = [...secrets, ...named.map(([, value]) => value ?? '')];
  // The longest first, so that a secret within a secret leaves no rest.
  const known = [...new Set(values)]
    .filter((value) => value.length >= MIN_LENGTH)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of known) clean = clean.replaceAll(value, REDACTED);
    for (const pattern of SHAPES) clean = clean.replace(pattern, REDACTED);
    return clean.replace(NAMED, `$1${REDACTED}`);
  };
}

/** The same value with every text in it redacted, keys included. */
export function redactDeep<Value>(value: Value, redact: Redact): Value {
  if (typeof value === 'string') return redact(value) as Value;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    redact(key),
    redactDeep(item, redact),
  ]);
  return Object.fromEntries(entries) as Value;
}
