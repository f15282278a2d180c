import { beforeAll, expect, test } from 'vitest';
import type { Verdict } from '../../src/deploy/doctor/doctor.ts';
import { UNIT_DIRECTORY, UNITS } from '../../src/deploy/layout.ts';
import { until } from '../journeys/paper-world.ts';
import { describeOnHosts, FIRST_START_MS } from './host.ts';
import { type PaperHost, startPaperHost } from './install.ts';

describeOnHosts('pmcp doctor on a real host', () => {
  let paper: PaperHost;
  const config = '/opt/polymarket-copy-bot/shared/config';

  beforeAll(async () => {
    paper = await startPaperHost('doctor');
    // A bot that has just started enters nothing until its feed has spoken.
    await until('the bot trades', 60_000, async () => {
      const { findings } = await examined();
      return findings.find(({ name }) => name === 'bot')?.detail.startsWith('trades') || undefined;
    });
  }, FIRST_START_MS);

  const examined = async () => {
    const script = `cd ${config} && ../../current/bin/pmcp doctor --json`;
    const { code, stdout, stderr } = await paper.host.run(['sh', '-c', script]);
    if (stdout === '') throw new Error(stderr);
    const { findings } = JSON.parse(stdout).hosts[0].result as Verdict;
    const failed = findings.filter(({ result }) => result === 'failed');
    return { code, findings, failed: Object.fromEntries(failed.map((one) => [one.name, one])) };
  };

  test('finds nothing to mend where everything is as it should be', async () => {
    const { failed, findings, code } = await examined();
    // Whether this machine's clock is synchronised is not the installation's matter.
    delete failed['clock is synchronised'];
    expect(failed).toEqual({});
    expect(code).toBeLessThanOrEqual(1);
    const details = Object.fromEntries(findings.map(({ name, detail }) => [name, detail]));
    expect(details['limits of mcp are in force']).toBe('CPU 15.0 %, memory 1024 MiB in the kernel');
    expect(details['port of METRICS_PORT']).toBe('9090 is polymarket-mcp.service’s');
    expect(details['bot']).toBe('trades (development)');
  });

  test('finds what is wrong, each with its remedy, and prints no secret', async () => {
    const { host } = paper;
    await host.sh(`
      chmod 0644 ${config}/.env
      echo 'TELEGRAM_BOT_TOKEN=123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' >>${config}/.env
      echo 'MAX_DAILY_LOS=5' >>${config}/.env
      echo '# by hand' >>${UNIT_DIRECTORY}/${UNITS.bot}
      systemctl stop ${UNITS.mcp}
      rm -f /opt/polymarket-copy-bot/current
      ln -s releases/gone /opt/polymarket-copy-bot/current`);
    const prometheus = `require('node:http').createServer((q, r) => r.end('Prometheus Server is Ready.'))
      .listen(9090, '127.0.0.1')`;
    const node = '/opt/polymarket-copy-bot/current-bot/runtime/node';
    await host.must(['systemd-run', '--unit=other', node, '-e', prometheus]);
    const script = `cd ${config} && ../../current-bot/bin/pmcp doctor --json`;
    const { code, stdout } = await host.run(['sh', '-c', script]);
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout).hosts[0].result as Verdict;
    const remedyOf = (name: string) => {
      const found = findings.find((one) => one.name === name && one.result === 'failed');
      return `${found?.detail} | ${found?.remedy}`;
    };
    expect(remedyOf('settings have the right mode and owner')).toContain(
      `chmod 600 ${config}/.env`,
    );
    expect(remedyOf('configuration here is accepted')).toContain('Did you mean MAX_DAILY_LOSS?');
    expect(remedyOf('port of METRICS_PORT')).toMatch(
      /a Prometheus of this host.*METRICS_PORT=9464/,
    );
    expect(remedyOf(`unit ${UNITS.bot}`)).toContain('not as this release writes it');
    expect(remedyOf(`${UNITS.mcp} runs`)).toContain(`systemctl start ${UNITS.mcp}`);
    expect(remedyOf('link to the release of mcp')).toContain('pmcp rollback');
    expect(stdout).not.toContain('AAAAAAAA');
    expect(findings.filter(({ result, remedy }) => result === 'failed' && !remedy)).toEqual([]);
  });
});
