import { beforeAll, expect, test } from 'vitest';
import { UNIT_DIRECTORY, UNITS } from '../../src/deploy/layout.ts';
import {
  CREDENTIALS,
  DEFAULT_FACTS,
  EXCHANGE_UNIT,
  renderUnits,
  type UnitFacts,
} from '../../src/deploy/units.ts';
import { pause, until } from '../journeys/paper-world.ts';
import { describeOnHosts, FIRST_START_MS } from './host.ts';
import { type PaperHost, startPaperHost } from './install.ts';

/** The machine may be busy with other tests, and mcp starts on 15 % of a core. */
const LIMIT_MS = 120_000;
const ALL_SECRETS = Object.values(CREDENTIALS).flat();
const ALL = [EXCHANGE_UNIT, UNITS.bot, UNITS.mcp];

describeOnHosts('the services on a real systemd', () => {
  let paper: PaperHost;

  beforeAll(async () => {
    // Watchdogs as short as the cycles allow: the test waits for them.
    const watchdog = ['WatchdogSec=6'];
    paper = await startPaperHost('services', {
      speed: 5,
      env: ['MONITOR_INTERVAL_SECONDS=1'],
      dropIns: { [UNITS.bot]: watchdog, [UNITS.mcp]: watchdog },
    });
  }, FIRST_START_MS);

  const show = (unit: string, property: string) =>
    paper.host.must(['systemctl', 'show', unit, `--property=${property}`, '--value']);
  const pidOf = (unit: string) => paper.installation.pidOf(unit);
  const mcpWorks = () =>
    until('mcp is ready', LIMIT_MS, async () => {
      const { code } = await paper.host.run(['curl', '-sf', '127.0.0.1:8080/readyz']);
      return code === 0 || undefined;
    });
  const reborn = (unit: string, before: number) =>
    until(`${unit} runs again`, LIMIT_MS, async () => {
      const pid = await pidOf(unit);
      const state = await show(unit, 'ActiveState');
      return (pid !== 0 && pid !== before && state === 'active' && pid) || undefined;
    });
  /** More decisions than there are now. */
  const goesOn = async () => {
    const before = await paper.installation.decisions();
    await until('the bot decides on', LIMIT_MS, async () => {
      return (await paper.installation.decisions()) > before || undefined;
    });
  };
  /** Runs a program as a part of the service, in its cgroups of either version. */
  const withinMcp = (program: string) => `
    for procs in /sys/fs/cgroup/*/system.slice/${UNITS.mcp}/cgroup.procs \\
      /sys/fs/cgroup/system.slice/${UNITS.mcp}/cgroup.procs; do
      [ ! -e "$procs" ] || echo $$ >"$procs"
    done
    exec ${program}`;

  test('are ready by their own word', async () => {
    for (const unit of ALL) {
      expect(await show(unit, 'Type'), unit).toBe('notify');
      expect(await show(unit, 'SubState'), unit).toBe('running');
    }
    await mcpWorks();
    const health = JSON.parse(await paper.host.must(['curl', '-s', '127.0.0.1:8080/health']));
    expect(health.components.main_bot).toMatchObject({ status: 'healthy' });
    expect(health.components.main_bot.cpu_percent).not.toBeNull();
  });

  test('have the limits that the plan expects', async () => {
    const shown = await paper.host.sh(
      `systemctl show polymarket-mcp.service | grep -E "(CPUQuota|MemoryMax)"`,
    );
    expect(shown.split('\n').sort()).toEqual([
      'CPUQuotaPerSecUSec=150ms',
      'CPUQuotaPeriodUSec=20ms',
      'MemoryMax=1073741824',
    ]);
    expect(await show(UNITS.bot, 'CPUQuotaPerSecUSec')).toBe('infinity');
    expect(Number(await show(UNITS.mcp, 'MemoryHigh'))).toBeLessThan(2 ** 30);
  });

  test.each([
    [UNITS.bot, 15],
    [UNITS.mcp, 12],
    [EXCHANGE_UNIT, 12],
  ])('are confined: %s is exposed by at most %i tenths', async (unit, tenths) => {
    const argv = ['systemd-analyze', 'security', '--offline=true', `--threshold=${tenths}`];
    const path = `${UNIT_DIRECTORY}/${unit}`;
    expect((await paper.host.run([...argv, path])).code).toBe(0);
    expect((await paper.host.run(['systemd-analyze', 'verify', path])).code).toBe(0);
    const tighter = argv.with(-1, '--threshold=5');
    expect((await paper.host.run([...tighter, path])).code, 'a threshold can be missed').toBe(1);
  });

  test('tell what they do to the journal, and `pmcp logs` reads it there', async () => {
    const { root } = paper.installation;
    const logs = (words: string) =>
      paper.host.run([
        'sh',
        '-c',
        `cd ${root}/shared/config && ${root}/current/bin/pmcp logs ${words}`,
      ]);
    for (const process of ['bot', 'mcp', 'exchange']) {
      const { code, stdout } = await logs(`--process ${process} --lines 20 --json`);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect([code, lines.length > 0], process).toEqual([0, true]);
      expect(new Set(lines.map((line) => line.process))).toEqual(new Set([process]));
    }
    // By id and level, as they were when the bot wrote them, and as they come.
    const copies = await logs('--process bot --json | grep -c fillId');
    expect(Number(copies.stdout)).toBeGreaterThan(0);
    const followed = await logs('--follow --lines 1 --json & sleep 4; kill $!');
    const said = followed.stdout.trim().split('\n');
    expect(said.length).toBeGreaterThan(1);
    const ofUnits = await paper.host.run(['journalctl', '-u', UNITS.bot, '-n1', '-o', 'cat']);
    expect(JSON.parse(ofUnits.stdout)).toMatchObject({ process: 'bot' });
  });

  test('have their limits seen by validate-health, which asks systemd itself', async () => {
    const { root } = paper.installation;
    const script = `cd ${root}/shared/config && ${root}/current/bin/pmcp validate-health --production --quick --json`;
    const check = async () => {
      const { stdout, stderr } = await paper.host.run(['sh', '-c', script]);
      const { checks } = JSON.parse(stdout) as {
        checks?: { name: string; result: string; detail: string }[];
      };
      if (!checks) throw new Error(stdout + stderr);
      const { result, detail } = checks.find(({ name }) => name.startsWith('systemd')) ?? {};
      return `${result}: ${detail}`;
    };
    expect(await check()).toBe('passed: CPUQuota 15 %, MemoryMax 1024M');
    await paper.host.must(['systemctl', 'set-property', '--runtime', UNITS.mcp, 'CPUQuota=40%']);
    expect(await check()).toMatch(/^failed: CPUQuota 40 %/);
    await paper.host.must(['systemctl', 'set-property', '--runtime', UNITS.mcp, 'CPUQuota=15%']);
  }, 150_000);

  test.each<[string, Partial<UnitFacts>, number]>([
    ['alerts leave the machine', { mcpReachesOut: true }, 13],
    ['it trades live, with secrets', { paper: false, credentials: ALL_SECRETS }, 12],
  ])('are confined as well where %s', async (_, facts, mcpTenths) => {
    for (const { name, text } of renderUnits('/opt/x', { ...DEFAULT_FACTS, ...facts })) {
      const tenths = { [UNITS.bot]: 15, [UNITS.mcp]: mcpTenths }[name];
      if (tenths === undefined) continue;
      await paper.host.write(`/tmp/units/${name}`, text);
      const argv = ['systemd-analyze', 'security', '--offline=true', `--threshold=${tenths}`];
      expect((await paper.host.run([...argv, `/tmp/units/${name}`])).code, name).toBe(0);
    }
  });

  test('belong to one release each, whatever becomes of the link', async () => {
    const pid = await pidOf(UNITS.mcp);
    const release = `${paper.installation.root}/releases/${paper.installation.packed.manifest.id}`;
    expect(await paper.host.must(['readlink', `/proc/${pid}/exe`])).toBe(`${release}/runtime/node`);
    const command = await paper.host.sh(`tr '\\0' ' ' </proc/${pid}/cmdline`);
    expect(command).toContain(`${release}/dist/pmcp.cjs mcp`);
  });

  test('keep from mcp what is the bot’s alone', async () => {
    const pid = await pidOf(UNITS.mcp);
    const data = `${paper.installation.root}/shared/data`;
    const inside = ['nsenter', '--mount', '--target', String(pid)];
    const seen = await paper.host.must([...inside, 'stat', '-c', '%a %s', `${data}/journal.db`]);
    expect(seen).toBe('0 0');
    const socket = await paper.host.must([
      ...inside,
      'stat',
      '-c',
      '%F',
      `${data}/run/status.sock`,
    ]);
    expect(socket).toBe('socket');
    const writing = await paper.host.run([...inside, 'touch', `${paper.installation.root}/x`]);
    expect(writing.stderr).toContain('Read-only file system');
  });

  test(
    'of them a killed mcp comes back, and the bot does not notice',
    async () => {
      const bot = await pidOf(UNITS.bot);
      const mcp = await pidOf(UNITS.mcp);
      await paper.host.must(['kill', '-KILL', String(mcp)]);
      await goesOn();
      await reborn(UNITS.mcp, mcp);
      expect(await pidOf(UNITS.bot)).toBe(bot);
    },
    LIMIT_MS,
  );

  test(
    'of them a hog within mcp is killed at 1 GB, and the bot trades on',
    async () => {
      await mcpWorks();
      const bot = await pidOf(UNITS.bot);
      const node = `${paper.installation.root}/current/runtime/node`;
      const hog = `${node} -e 'const a = []; for (;;) { a.push(Buffer.alloc(2 ** 24, 1));
      process.stdout.write(a.length * 16 + " "); }'`;
      const { code, stdout } = await paper.host.run(['sh', '-c', withinMcp(hog)]);
      expect(code, 'killed by SIGKILL').toBe(137);
      const megabytes = Number(stdout.trim().split(' ').at(-1));
      expect(megabytes).toBeGreaterThan(600);
      expect(megabytes).toBeLessThanOrEqual(1024);
      expect(await pidOf(UNITS.bot)).toBe(bot);
      await goesOn();
    },
    LIMIT_MS,
  );

  test(
    'of them a hog within mcp gets 15 % of a core, and the bot trades on',
    async () => {
      await mcpWorks();
      const bot = await pidOf(UNITS.bot);
      const shell = `timeout 6 sh -c 'while :; do :; done'; times`;
      const began = performance.now();
      const times = await paper.host.sh(withinMcp(`sh -c "${shell}"`));
      const seconds = (performance.now() - began) / 1000;
      // The second line of `times` is what the children took: user, then system.
      const spent = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
      const cpu = spent.reduce(
        (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
        0,
      );
      expect(cpu).toBeGreaterThan(0.02 * seconds);
      expect(cpu).toBeLessThan(0.165 * seconds);
      expect(await pidOf(UNITS.bot)).toBe(bot);
      await goesOn();
    },
    LIMIT_MS,
  );

  test(
    'are killed and started again when they hang, each alone',
    async () => {
      await mcpWorks();
      const mcp = await pidOf(UNITS.mcp);
      const bot = await pidOf(UNITS.bot);
      await paper.host.must(['kill', '-STOP', String(mcp)]);
      await reborn(UNITS.mcp, mcp);
      expect(await pidOf(UNITS.bot)).toBe(bot);
      await paper.host.must(['kill', '-STOP', String(bot)]);
      const next = await reborn(UNITS.bot, bot);
      expect(next).not.toBe(bot);
      const log = await paper.host.must([
        'journalctl',
        '--no-pager',
        '-o',
        'cat',
        `--unit=${UNITS.bot}`,
      ]);
      expect(log).toContain('Watchdog timeout');
      await goesOn();
    },
    LIMIT_MS,
  );

  test(
    'stop cleanly, the bot well within three seconds',
    async () => {
      const timed = async (...argv: string[]) => {
        const began = performance.now();
        await paper.host.must(['systemctl', ...argv]);
        return Math.round(performance.now() - began);
      };
      const restartMcp = await timed('restart', UNITS.mcp);
      const restartBot = await timed('restart', UNITS.bot);
      await goesOn();
      const stopBot = await timed('stop', UNITS.bot);
      const state = `${await show(UNITS.bot, 'ActiveState')} ${await show(UNITS.bot, 'Result')}`;
      await timed('start', UNITS.bot);
      process.stderr.write(`services: ${JSON.stringify({ restartMcp, restartBot, stopBot })} ms\n`);
      expect(state).toBe('inactive success');
      expect(stopBot).toBeLessThan(3000);
      await pause(500);
    },
    LIMIT_MS,
  );

  test(
    'are given their secrets by systemd, and cannot read them where they lie',
    async () => {
      const { root } = paper.installation;
      const path = `${root}/shared/config/credentials/DASHBOARD_TOKEN`;
      await paper.host.write(path, 'a-token-of-thirty-two-characters', '0600');
      const facts = { ...DEFAULT_FACTS, credentials: ['DASHBOARD_TOKEN'] };
      const unit = renderUnits(root, facts).find(({ name }) => name === UNITS.mcp);
      await paper.host.write(`${UNIT_DIRECTORY}/${UNITS.mcp}`, unit?.text ?? '');
      await paper.host.sh(`systemctl daemon-reload; systemctl restart ${UNITS.mcp}`);
      const ask = (...header: string[]) => {
        const argv = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', ...header];
        return paper.host.must([...argv, '127.0.0.1:8080/health']);
      };
      expect(await ask()).toBe('401');
      const bearer = ['-H', 'Authorization: Bearer a-token-of-thirty-two-characters'];
      expect(await ask(...bearer)).toBe('200');
      const user = ['setpriv', '--reuid', 'pmcp', '--regid', 'pmcp', '--clear-groups'];
      expect((await paper.host.run([...user, 'cat', path])).code).not.toBe(0);
      const environment = await paper.host.read(`/proc/${await pidOf(UNITS.mcp)}/environ`);
      expect(environment).toContain('CREDENTIALS_DIRECTORY');
      expect(environment).not.toContain('a-token');
    },
    LIMIT_MS,
  );

  test(
    'lost nothing in all of this: every fill has one decision, every order one source',
    async () => {
      expect(await paper.violations()).toEqual([]);
    },
    2 * LIMIT_MS,
  );
});
