import { expect, test } from 'vitest';
import { createRedact, redactDeep } from '../../src/core/redact.ts';

const redact = createRedact({
  secrets: ['canary-config', 'short'],
  env: { MY_TOKEN: 'canary-env-value', PATH: '/usr/bin-long', KEY_FILE: '/etc/key-file' },
});

test.each([
  'x canary-config y',
  'canary-env-value',
  'PRIVATE_KEY=canary12345678',
  'const privateKey = "canary12345678";',
  "{ apiKey: 'canary12345678' }",
  '"secret": "canary12345678"',
  'password: canary12345678',
  'const botToken: string = `canary12345678`',
  '-----BEGIN EC PRIVATE KEY-----\ncanary\n-----END EC PRIVATE KEY-----',
  'Authorization: Bearer canary-abcdefghijklmn',
  'url/bot123456789:canary_AAAAAAAAAAAAAAAAAAAAAAAAAAAA/send',
])('%j shows no secret', (text) => {
  expect(redact(text)).not.toContain('canary');
  expect(redact(text)).toContain('[redacted]');
});

test.each([
  "PRIVATE_KEY: secret('Venue', …)",
  'process.env.PRIVATE_KEY',
  '/usr/bin-long',
  '/etc/key-file',
  'short',
  `0x${'ab'.repeat(32)}`,
  'the key of the map',
  'token = process.env.X',
])('%j is left alone', (text) => {
  expect(redact(text)).toBe(text);
});

test('texts are redacted wherever they stand in a value', () => {
  expect(
    redactDeep(
      { a: ['canary-config', 1, null, true], 'canary-config': { b: 'canary-config' } },
      redact,
    ),
  ).toEqual({ a: ['[redacted]', 1, null, true], '[redacted]': { b: '[redacted]' } });
});
