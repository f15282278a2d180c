import { describe, expect, test } from 'vitest';
import { changedFacts, stableFacts } from '../../../src/deploy/facts/facts.ts';
import { parseFacts, probeHost, splitSections } from '../../../src/deploy/facts/probe.ts';
import { createLocalHost } from '../../../src/deploy/hosts/local.ts';
import { layoutOf } from '../../../src/deploy/layout.ts';
import { temporaryDirectory } from '../../journeys/run.ts';
import { factsOf, NEW, OLD } from '../sample.ts';

const VALIDATION = {
  schema: 'pmcp.validation',
  version: 1,
  verdict: 'unhealthy',
  checks: [
    { name: 'a', result: 'failed', detail: 'b' },
    { name: 'c', result: 'unknown', detail: 'd' },
  ],
};

const text = `
@@ time
1767614400123

@@ uid
0

@@ arch
aarch64

@@ systemd
systemd 252 (252.39)
+PAM

@@ disk
/dev/sda1 100 50 40 60% /
/dev/sda1 1000 10 990 1% /

@@ writable
yes

@@ backups
yes

@@ releases
${OLD}

@@ current
releases/${OLD}

@@ current-bot

@@ mark ${OLD}
{"release":"${OLD}","mark":"good","at":"","by":"","why":""}

@@ mark ${NEW}
nonsense

@@ unit polymarket-mcp.service
[Unit]

[Service]

@@ service polymarket-mcp.service
LoadState=loaded
ActiveState=active
MainPID=12
UnitFileState=enabled
Executable=/opt/x/runtime/node

@@ ports
LISTEN 0 511 127.0.0.1:8080 0.0.0.0:* users:(("node",pid=12,fd=21))
hex 0100007F:2382
LISTEN strange

@@ config
600 pmcp /opt/a b/.env

@@ settings
ENVIRONMENT=staging
export METRICS_PORT = "9464"

@@ secrets
ENVIRONMENT
TELEGRAM_BOT_TOKEN
ENVIRONMENT

@@ credentials
PRIVATE_KEY

@@ lock
held 3 no
{"token":"t","who":"bob","from":"pc","since":"2026-01-01","what":"deploy"}

@@ bot
{"schema":"pmcp.error","error":{"message":"nobody answers"}}

@@ health
noise
${JSON.stringify(VALIDATION)}

@@ end
`;

describe('facts of a host', () => {
  test('are read from one answer', () => {
    const facts = parseFacts('h', splitSections(text));
    expect(facts).toMatchObject({
      atMs: 1767614400123,
      isRoot: true,
      arch: 'arm64',
      systemd: 252,
      hasServiceUser: false,
      disk: { freeBytes: 40 * 1024, freeInodes: 990 },
      releases: [OLD],
      current: OLD,
      currentBot: undefined,
      marks: { [OLD]: 'good', [NEW]: 'unreadable' },
      units: { 'polymarket-mcp.service': '[Unit]\n\n[Service]\n' },
      config: [{ path: '/opt/a b/.env', mode: '600', owner: 'pmcp' }],
      settings: { ENVIRONMENT: 'staging', METRICS_PORT: '9464' },
      settingNames: ['ENVIRONMENT', 'TELEGRAM_BOT_TOKEN'],
      credentials: ['PRIVATE_KEY'],
      bot: { problem: 'nobody answers' },
      health: { verdict: 'unhealthy', failed: ['a: b'], unknown: ['c: d'] },
    });
    expect(facts.services['polymarket-mcp.service']?.pid).toBe(12);
    expect(facts.listening).toEqual([
      { port: 8080, pid: 12, program: 'node' },
      { port: 0x2382, pid: undefined, program: undefined },
    ]);
    expect(facts.lock?.holder?.who).toBe('bob');
  });

  test('missing ones stay missing', () => {
    const facts = parseFacts('h', new Map());
    expect(facts).toMatchObject({ isRoot: false, systemd: undefined, disk: undefined });
    expect(facts.bot).toEqual({ problem: 'no release is installed' });
    const strange = new Map([['bot', '{"schema":"other"}']]);
    expect(parseFacts('h', strange).bot).toEqual({ problem: 'it gave no answer that is known' });
  });

  test('the probe runs in any shell, here too, where nothing is installed', async () => {
    const layout = layoutOf(`${temporaryDirectory()}/app`);
    const facts = await probeHost(createLocalHost(), layout, 'staging');
    expect(facts).toMatchObject({ releases: [], current: undefined, lock: undefined });
    expect(facts.disk?.freeBytes).toBeGreaterThan(0);
    const mute = {
      ...createLocalHost(),
      run: async () => ({ code: 127, stdout: '', stderr: 'no sh' }),
    };
    await expect(probeHost(mute, layout, 'staging')).rejects.toThrow('cannot be looked at: no sh');
  });

  test('what changed is named; what changes by itself is not', () => {
    const before = stableFacts(factsOf());
    const after = factsOf({
      current: NEW,
      marks: {},
      atMs: 1,
      disk: undefined,
      releases: [OLD, NEW],
    });
    expect(changedFacts(before, stableFacts(factsOf({ atMs: 5 })))).toEqual([]);
    expect(changedFacts(before, stableFacts(after))).toEqual([
      `releases: ["${OLD}"] became ["${OLD}","${NEW}"]`,
      `current: ${OLD} became ${NEW}`,
      `marks ${OLD}: good became nothing`,
    ]);
  });
});
