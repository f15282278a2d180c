import { beforeAll, expect, test } from 'vitest';
import { UNIT_DIRECTORY } from '../../src/deploy/layout.ts';
import { describeOnHosts, FIRST_START_MS } from './host.ts';
import { type PaperHost, startPaperHost } from './install.ts';

const LIMIT_MS = 120_000;
const NAMES = ['hourly', 'resources', 'weekly'].map((name) => `pmcp-review-${name}`);

describeOnHosts('the timers of the reviews on a real systemd', () => {
  let paper: PaperHost;
  const looks = async () => {
    const text = await paper.host.read('/opt/polymarket-copy-bot/shared/data/reviews/checks.log');
    return text
      .split('\n')
      .map((line) => JSON.parse(line) as { part: string; result: string; findings: string[] });
  };

  beforeAll(async () => {
    paper = await startPaperHost('review', { env: ['MONITOR_INTERVAL_SECONDS=1'] });
  }, FIRST_START_MS);

  test('systemd has nothing to say against them', async () => {
    for (const name of NAMES) {
      const paths = ['service', 'timer'].map((kind) => `${UNIT_DIRECTORY}/${name}.${kind}`);
      const verified = await paper.host.run(['systemd-analyze', 'verify', ...paths]);
      expect([name, verified.code, verified.stderr]).toEqual([name, 0, '']);
      const argv = ['systemd-analyze', 'security', '--threshold=15', `${name}.service`];
      expect((await paper.host.run(argv)).code, name).toBe(0);
    }
  });

  test('enabled, they wait for their time', async () => {
    const timers = NAMES.map((name) => `${name}.timer`);
    await paper.host.must(['systemctl', 'enable', '--quiet', '--now', ...timers]);
    const listed = await paper.host.must(['systemctl', 'list-timers', '--no-legend', '--no-pager']);
    for (const timer of timers) expect(listed).toContain(timer);
  });

  test(
    'the hourly look finds the servers well, and what the log says, within its confinement',
    async () => {
      await paper.host.run(['systemctl', 'start', 'pmcp-review-hourly.service']);
      const found = await looks();
      expect(found.map(({ part }) => part)).toEqual(['servers', 'logs', 'breakers']);
      expect(found[0]?.findings.join()).not.toMatch(/MCP server|dashboard/);
      const journal = await paper.host.must([
        'systemd-run',
        '--quiet',
        '--wait',
        '--pipe',
        '-p',
        'User=pmcp',
        '-p',
        'PrivateUsers=yes',
        '-p',
        'SupplementaryGroups=systemd-journal',
        'journalctl',
        '-o',
        'cat',
        '-n',
        '1',
        '-u',
        'polymarket-bot.service',
      ]);
      expect(journal).not.toBe('');
    },
    LIMIT_MS,
  );

  test(
    'the look at resources reads the limits of the unit',
    async () => {
      await paper.host.must(['systemctl', 'start', 'pmcp-review-resources.service']);
      expect((await looks()).at(-1)).toMatchObject({ part: 'resources', result: 'passed' });
    },
    LIMIT_MS,
  );

  test(
    'a week that is not over is no failure of the timer',
    async () => {
      await paper.host.must(['systemctl', 'start', 'pmcp-review-weekly.service']);
      const said = await paper.host.must([
        'journalctl',
        '-o',
        'cat',
        '-u',
        'pmcp-review-weekly.service',
      ]);
      expect(said).toMatch(/week 1 of the newest release ends at/);
    },
    LIMIT_MS,
  );
});
