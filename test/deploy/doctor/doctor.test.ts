import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { checks, diagnose } from '../../../src/deploy/doctor/doctor.ts';
import { type Examined, examine, targetsOf } from '../../../src/deploy/doctor/examine.ts';
import type { Facts } from '../../../src/deploy/facts/facts.ts';
import type { Host } from '../../../src/deploy/host.ts';
import { createLocalHost } from '../../../src/deploy/hosts/local.ts';
import { layoutOf } from '../../../src/deploy/layout.ts';
import { DEFAULT_FACTS, renderUnits } from '../../../src/deploy/units.ts';
import { runPmcp, temporaryDirectory } from '../../journeys/run.ts';

const layout = layoutOf('/opt/pmcp');
const config = await loadConfig({ flags: {}, env: {}, directory: '/nonexistent' });
const units = renderUnits(layout.root, DEFAULT_FACTS);
const [BOT, MCP] = ['polymarket-bot.service', 'polymarket-mcp.service'];
const id = '20261123T120007Z-abcdef0';

const facts: Facts = {
  host: 'local',
  atMs: 1,
  isRoot: true,
  arch: 'x64',
  systemd: 252,
  missingPrograms: [],
  hasServiceUser: true,
  disk: { freeBytes: 5_000_000_000, freeInodes: 100_000 },
  writable: true,
  releases: [id],
  current: id,
  currentBot: id,
  marks: {},
  units: Object.fromEntries(units.map(({ name, text }) => [name, text])),
  services: {},
  listening: [{ port: 8080, pid: 12, program: 'node' }],
  config: [{ path: `${layout.config}/.env`, mode: '600', owner: 'pmcp' }],
  settings: {},
  settingNames: [],
  credentials: [],
  backupsWritable: true,
  lock: undefined,
  bot: {
    pid: 11,
    release: '1',
    environment: 'staging',
    tradingBreaker: 'armed',
    mcpBreaker: 'armed',
    unknownOrders: 0,
    entriesAllowed: true,
    entriesReason: '',
  },
  health: { verdict: 'healthy', failed: [], unknown: [] },
};

const unit = (pid: number, more = '') =>
  `NeedDaemonReload=no\nDropInPaths=\nNRestarts=0\nResult=success\nActiveState=active\nMainPID=${pid}${more}`;
const limited = '\nCpu=3000 20000\nMemory=1073741824';
const details: Record<string, string> = {
  controllers: 'cpuset cpu io memory pids',
  memory: '4000000\n3000000',
  clock: 'NTP=yes\nNTPSynchronized=yes\nTimezone=Asia/Tokyo',
  entropy: '256',
  files: '1048576',
  node: 'v24.21.0',
  'link current': `releases/${id}\nwhole`,
  'link current-bot': `releases/${id}\nwhole`,
  modes: `755 root directory|${layout.root}\n700 pmcp directory|${layout.data}`,
  configuration: 'valid\naccepted',
  [`unit ${BOT}`]: unit(11),
  [`unit ${MCP}`]: unit(12, limited),
  'unit polymarket-exchange.service': unit(13),
};

interface Changes {
  facts?: Partial<Facts>;
  details?: Record<string, string>;
  rest?: Partial<Examined>;
}

function examined({ facts: other, details: more, rest }: Changes = {}): Examined {
  return {
    layout,
    config,
    configProblems: [],
    units,
    listeners: new Map(),
    clockAheadMs: 0,
    facts: { ...facts, ...other },
    details: new Map(Object.entries({ ...details, ...more })),
    ...rest,
  };
}

function found(name: string, changes: Changes) {
  const finding = diagnose(examined(changes)).findings.find((one) => one.name === name);
  if (!finding) throw new Error(`no check is named ${name}`);
  return finding;
}

test('a host on which nothing is amiss is ready', () => {
  const { ready, findings } = diagnose(examined());
  expect(findings.filter(({ result }) => result !== 'passed')).toEqual([
    expect.objectContaining({ name: 'Telegram and venue can be reached', result: 'off' }),
  ]);
  expect(ready).toBe(true);
});

test('before the first deploy the host is judged, and nothing that is not there', () => {
  const bare = { releases: [], current: undefined, currentBot: undefined, units: {}, config: [] };
  const { ready, findings } = diagnose(examined({ facts: bare }));
  expect(ready).toBe(true);
  expect(findings.filter(({ result }) => result === 'skipped').length).toBeGreaterThan(10);
});

/** Name of the check, what is changed, and what its finding and remedy must say. */
const ills: [string, Changes, RegExp][] = [
  ['root, or sudo without a password', { facts: { isRoot: false } }, /NOPASSWD/],
  ['systemd', { facts: { systemd: undefined } }, /pmcp up/],
  ['systemd', { facts: { systemd: 241 } }, /241; 247 is needed/],
  ['cgroup controllers cpu, memory, pids', { details: { controllers: 'cpu pids' } }, /memory/],
  ['programs that a deploy uses', { facts: { missingPrograms: ['ss'] } }, /apt install ss/],
  ['processor is one that releases are for', { facts: { arch: 'riscv64' } }, /riscv64/],
  ['memory', { details: { memory: '400000\n300000' } }, /307\.2 MB of 409\.6 MB/],
  ['disk space and inodes', { facts: { disk: { freeBytes: 1, freeInodes: 1e6 } } }, /prune/],
  ['disk space and inodes', { facts: { disk: { freeBytes: 1e10, freeInodes: 9 } } }, /9 files/],
  ['clock is synchronised', { details: { clock: 'NTPSynchronized=no' } }, /set-ntp true/],
  ['clock agrees with this machine', { rest: { clockAheadMs: -2500 } }, /2500 ms behind/],
  ['clock agrees with this machine', { rest: { clockAheadMs: 9000 } }, /9000 ms ahead/],
  ['files that may be open', { details: { files: '1024' } }, /sysctl -w fs.nr_open/],
  ['entropy', { details: { entropy: '12' } }, /12 bits/],
  [
    'port of METRICS_PORT',
    { facts: { listening: [{ port: 9090, pid: 812, program: 'prometheus' }] } },
    /a Prometheus of this host, prometheus \(pid 812\).*METRICS_PORT=9464/,
  ],
  [
    'port of METRICS_PORT',
    {
      facts: { listening: [{ port: 9090, pid: 7, program: 'java' }] },
      rest: { listeners: new Map([[9090, { name: 'another pmcp (pid 7)', isPrometheus: false }]]) },
    },
    /taken by another pmcp.*ss -ltnp/,
  ],
  [
    'port of DASHBOARD_PORT',
    {
      facts: {
        settings: { DASHBOARD_PORT: '81' },
        listening: [{ port: 81, pid: undefined, program: undefined }],
      },
      details: Object.fromEntries(units.map(({ name }) => [`unit ${name}`, 'MainPID=0'])),
    },
    /81 is taken by another program/,
  ],
  ['user of the services', { facts: { hasServiceUser: false } }, /useradd/],
  ['Node runtime of the release', { details: { node: '' } }, /does not start/],
  ['Node runtime of the release', { details: { node: 'v20.1.0' } }, /24 is needed/],
  ['link to the release of mcp', { facts: { current: undefined } }, /pmcp rollback/],
  [
    'link to the release of the bot',
    { details: { 'link current-bot': 'releases/x' } },
    /not whole/,
  ],
  [
    'files and folders are closed to others',
    {
      details: {
        modes: [
          `777 root directory|${layout.root}`,
          `755 pmcp directory|${layout.releases}`,
          `644 pmcp regular file|${layout.data}/journal.db`,
          `644 root regular file|${layout.config}/credentials/PRIVATE_KEY`,
          `600 pmcp regular file|${layout.config}/credentials/OTHER`,
          'nonsense',
        ].join('\n'),
      },
    },
    /chmod go-w \/opt\/pmcp; chown root: .*releases; chmod go= .*journal.db; chmod go= .*KEY; chown/,
  ],
  ['settings have the right mode and owner', { facts: { config: [] } }, /install -D -m 600/],
  [
    'settings have the right mode and owner',
    { facts: { config: [{ path: '/x/.env', mode: '640', owner: 'ann' }] } },
    /chmod 600 \/x\/.env; chown pmcp: \/x\/.env/,
  ],
  [
    'configuration there is accepted',
    { details: { configuration: '{"error":{"message":"m","problems":[{"message":"A: is 5"}]}}' } },
    /A: is 5/,
  ],
  [
    'configuration there is accepted',
    { details: { configuration: '{"error":{"message":"m"}}' } },
    /m /,
  ],
  ['configuration there is accepted', { details: { configuration: 'Segmentation fault' } }, /Segm/],
  [
    'configuration here is accepted',
    { rest: { configProblems: [{ message: 'X: no', hint: 'Yes.' }, { message: 'Y' }] } },
    /X: no; Y \| Yes\./,
  ],
  [`unit ${BOT}`, { facts: { units: {} } }, /is not in \/etc\/systemd\/system/],
  [`unit ${BOT}`, { facts: { units: { [BOT]: 'x' } } }, /pmcp deploy/],
  [`unit ${BOT}`, { details: { [`unit ${BOT}`]: 'NeedDaemonReload=yes' } }, /daemon-reload/],
  [
    `${MCP} runs`,
    { details: { [`unit ${MCP}`]: 'ActiveState=failed\nResult=oom-kill\nNRestarts=3' } },
    /failed \(oom-kill\), restarted 3 times.*journalctl/,
  ],
  [`${MCP} runs`, { details: { [`unit ${MCP}`]: '' } }, /unknown \(no result\)/],
  ['limits of mcp are in force', { details: { [`unit ${MCP}`]: unit(12) } }, /limits nothing/],
  [
    'limits of mcp are in force',
    { details: { [`unit ${MCP}`]: unit(12, '\nCpu=-1 20000\nMemory=9223372036854771712') } },
    /wanted 15 %/,
  ],
  ['bot', { facts: { bot: { problem: 'nobody listens' } } }, /nobody listens/],
  ['bot', { facts: { bot: { ...facts.bot, tradingBreaker: 'halted' } as Facts['bot'] } }, /halted/],
  [
    'Telegram and venue can be reached',
    { details: { 'reach a:443': 'reached', 'reach b:80': '' } },
    /no connection to b:80/,
  ],
];

test.each(ills)('%s: %o', (name, changes, words) => {
  const finding = found(name, changes);
  expect(finding.result).toBe('failed');
  expect(`${finding.detail} | ${finding.remedy}`).toMatch(words);
  expect(diagnose(examined(changes)).ready).toBe(false);
});

test('every check can fail', () => {
  const never = checks
    .map(({ name }) => name)
    .filter((name) => !ills.some(([ill]) => ill === name));
  // One function judges all units, another all services and another all ports.
  const alike = /^unit |runs$|^port of/;
  expect(never.filter((name) => !alike.test(name))).toEqual([
    // It is waited for.
    'no deploy is under way or left over',
  ]);
});

const doubts: [string, Changes, RegExp][] = [
  ['memory', { details: { memory: '' } }, /free -m/],
  ['disk space and inodes', { facts: { disk: undefined } }, /df \/opt\/pmcp/],
  ['clock is synchronised', { details: { clock: '' } }, /NTP client/],
  ['files that may be open', { details: { files: '' } }, /nr_open/],
  ['entropy', { details: { entropy: '' } }, /proc/],
  ['configuration there is accepted', { details: { configuration: '' } }, /config docs/],
  ['no deploy is under way or left over', { facts: { lock: {} as Facts['lock'] } }, /unlock/],
  [
    `unit ${BOT}`,
    { details: { [`unit ${BOT}`]: unit(11, '\nDropInPaths=/etc/x.conf') } },
    /systemctl cat/,
  ],
  [
    'bot',
    {
      facts: {
        bot: { ...facts.bot, entriesAllowed: false, entriesReason: 'paused' } as Facts['bot'],
      },
    },
    /enters nothing: paused/,
  ],
];

test.each(doubts)('%s cannot be told: %o', (name, changes, words) => {
  const finding = found(name, changes);
  expect(finding.result).toBe('unknown');
  expect(`${finding.detail} | ${finding.remedy}`).toMatch(words);
  expect(diagnose(examined(changes)).ready, 'a doubt is no failure').toBe(true);
});

describe('what is as it should be, or not there to be judged', () => {
  test.each<[string, Changes, RegExp]>([
    ['port of DASHBOARD_PORT', {}, /8080 is polymarket-mcp.service’s/],
    [
      'port of DASHBOARD_PORT',
      { facts: { listening: [{ port: 8080, pid: undefined, program: undefined }] } },
      /in use, and the services run/,
    ],
    ['port of EXCHANGE_PORT', { facts: { settings: { TRADING_MODE: 'live' } } }, /only on paper/],
    [
      'disk space and inodes',
      { facts: { disk: { freeBytes: 1e10, freeInodes: Number.MAX_SAFE_INTEGER } } },
      /any number of files/,
    ],
    ['clock is synchronised', { details: { clock: 'NTPSynchronized=yes' } }, /synchronised/],
    ['unit polymarket-exchange.service', { rest: { units: units.slice(0, 2) } }, /only on paper/],
    ['polymarket-exchange.service runs', { rest: { units: units.slice(0, 2) } }, /only on paper/],
    [
      `${BOT} runs`,
      { details: { [`unit ${BOT}`]: 'ActiveState=active\nNRestarts=2' } },
      /restarted 2 times/,
    ],
    [
      'limits of mcp are in force',
      { details: { [`unit ${MCP}`]: 'ActiveState=failed' } },
      /not run/,
    ],
    ['Telegram and venue can be reached', { details: { 'reach a:1': 'reached' } }, /a:1/],
  ])('%s: %o', (name, changes, words) => {
    const finding = found(name, changes);
    expect(['passed', 'skipped', 'off']).toContain(finding.result);
    expect(finding.detail).toMatch(words);
    expect(finding.remedy).toBeUndefined();
  });
});

test('what must be reached follows from the settings there', () => {
  expect(targetsOf(facts, config)).toEqual([]);
  const alerts = { ...facts, credentials: ['TELEGRAM_BOT_TOKEN'] };
  expect(targetsOf(alerts, config)).toEqual(['api.telegram.org:443']);
  const live = { ...facts, settings: { TRADING_MODE: 'live' } };
  expect(targetsOf(live, { ...config, CLOB_URL: 'http://127.0.0.1:99' })).toEqual([
    '127.0.0.1:99',
    'gamma-api.polymarket.com:443',
    'data-api.polymarket.com:443',
    'ws-live-data.polymarket.com:443',
  ]);
});

describe('a host', () => {
  const given = (host: Host, nowMs = () => Date.now()) => ({
    host,
    isLocal: true,
    layout: layoutOf(temporaryDirectory()),
    config,
    configProblems: [],
    signal: new AbortController().signal,
    nowMs,
  });

  test('is looked at without changing it', async () => {
    const at = await examine(given(createLocalHost()));
    expect(at.details.get('entropy')?.trim()).toMatch(/^\d+$/);
    expect(at.details.get('controllers')).toContain('memory');
    expect(at.clockAheadMs).toBe(0);
    const { findings } = diagnose(at);
    expect(findings.find(({ name }) => name === 'memory')?.result).toBe('passed');
  });

  test('with another time is told how far it is off', async () => {
    const ahead = await examine(given(createLocalHost(), () => Date.now() - 60_000));
    expect(ahead.clockAheadMs).toBeGreaterThan(30_000);
    const behind = await examine(given(createLocalHost(), () => Date.now() + 60_000));
    expect(behind.clockAheadMs).toBeLessThan(-30_000);
  });

  test('that breaks off in the middle is not judged', async () => {
    const local = createLocalHost();
    let calls = 0;
    const host: Host = {
      ...local,
      run: (argv, options) => {
        calls += 1;
        return calls === 1
          ? local.run(argv, options)
          : Promise.resolve({ code: 255, stdout: '@@ memory\n', stderr: 'Connection reset' });
      },
    };
    await expect(examine(given(host))).rejects.toThrow('cannot be looked at: Connection reset');
  });
});

describe('pmcp doctor', () => {
  const root = temporaryDirectory();
  const env = { DEPLOY_ROOT: root };

  test('says what it found and what to do', async () => {
    const exit = await runPmcp(['doctor', '--all'], { env });
    expect(exit.code).toBeLessThanOrEqual(1);
    expect(exit.stdout).toMatch(/^passed {3}entropy: \d+ bits$/m);
    expect(exit.stdout).toMatch(/^local is (?:not )?ready: \d+ passed/m);
    const short = await runPmcp(['doctor'], { env });
    expect(short.stdout).not.toMatch(/^passed/m);
  });

  test('takes a refused configuration for one more finding', async () => {
    const exit = await runPmcp(['doctor'], { env: { ...env, MAX_DAILY_LOSS: 'much' } });
    expect(exit.code).toBe(1);
    expect(exit.stdout).toMatch(/configuration here is accepted: MAX_DAILY_LOSS.*\n +do: Allowed/);
  });

  test('says which host cannot be asked', async () => {
    const hosts = ['--host', 'local', 'ssh://nobody@192.0.2.1.invalid'];
    const exit = await runPmcp(['doctor', ...hosts], { env });
    expect([1, 4]).toContain(exit.code);
    expect(exit.stdout).toContain('ssh://nobody@192.0.2.1.invalid: ');
  });
});
