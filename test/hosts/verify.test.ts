import { chmodSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { UNIT_DIRECTORY, UNITS } from '../../src/deploy/layout.ts';
import type { Report } from '../../src/plan/report/model.ts';
import { until } from '../journeys/paper-world.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { putInto } from '../plan/project.ts';
import { describeOnHosts, FIRST_START_MS, type TestHost } from './host.ts';
import { type PaperHost, startPaperHost } from './install.ts';

const LIMIT_MS = 120_000;
const ROOT = '/opt/polymarket-copy-bot';
/** The operator's own, for the servers that read code and coverage. */
const PROJECT = '/srv/project';

/** As an operator does, as root: only root may put a hog into the control group of a unit. */
async function verify(host: TestHost, ...args: string[]): Promise<[Report, number]> {
  const script = `cd ${ROOT}/shared/config && exec ${ROOT}/current/bin/pmcp verify "$@" --json`;
  const argv = ['sh', '-c', script, 'sh', '--staging', '--quick', ...args];
  const { code, stdout, stderr } = await host.run(argv, { timeoutMs: LIMIT_MS });
  if (stdout === '') throw new Error(stderr);
  return [JSON.parse(stdout), code];
}

const found = ({ evidence }: Report, id: string) => evidence.find((one) => one.id === id);

describeOnHosts('pmcp verify against the running units of a real host', () => {
  let paper: PaperHost;
  const show = (unit: string, property: string) =>
    paper.host.must(['systemctl', 'show', unit, `--property=${property}`, '--value']);

  beforeAll(async () => {
    const project = temporaryDirectory();
    const put = putInto(project);
    put('config/limits.js', 'exports.MAX_DAILY_LOSS = 100;\n');
    put('test/limits.test.js', "require('../config/limits.js');\n");
    put('coverage/lcov.info', 'SF:config/limits.js\nDA:1,1\nLF:1\nLH:1\nend_of_record\n');
    chmodSync(project, 0o755);
    paper = await startPaperHost('verify', {
      scenario: 'calm',
      speed: 10,
      env: [
        'ENVIRONMENT=staging',
        'MONITOR_INTERVAL_SECONDS=10',
        // The most that staging may have.
        'MONITORING_MAX_CPU_PERCENT=1',
        'MONITORING_MAX_MEMORY_MB=100',
        `MCP_PROJECT_DIRS=${PROJECT}`,
      ],
      binds: [`${project}:${PROJECT}:ro`],
    });
    await until('monitoring has seen the bot', LIMIT_MS, async () => {
      const { stdout } = await paper.host.run(['curl', '-s', '127.0.0.1:8080/health']);
      return /"trade_executor":\{[^}]*"memory_mb"/.test(stdout) || undefined;
    });
  }, FIRST_START_MS);

  test(
    'phases 2, 4, 5 and 6 pass, each check on evidence of this host',
    async () => {
      const bot = await paper.installation.pidOf(UNITS.bot);
      const mcp = await paper.installation.pidOf(UNITS.mcp);
      const phases = ['--phase', '2', '4', '5', '6', '--allow-kill'];
      let [report, code] = await verify(paper.host, ...phases);
      // A machine under load has its tools held back for a moment: what passed is not made again.
      for (let more = 0; more < 2 && report.verdict === 'INCONCLUSIVE'; more += 1) {
        [report, code] = await verify(paper.host, ...phases, '--resume');
      }
      const others = report.evidence.filter(({ result }) => result !== 'PASS');
      expect(others.map(({ id, result, detail }) => `${id} ${result}: ${detail}`)).toEqual([]);
      expect([report.verdict, code, report.run.selfStarted]).toEqual(['READY', 0, false]);
      expect(report.run.phases).toEqual([2, 4, 5, 6]);

      const restarted = await paper.installation.pidOf(UNITS.mcp);
      expect(restarted).not.toBe(mcp);
      expect(found(report, 'phase-5/monitoring-restarted')?.detail).toMatch(
        new RegExp(`^pid ${restarted} answers .* s after pid ${mcp} ended$`),
      );
      expect(await show(UNITS.mcp, 'NRestarts')).toBe('1');
      expect(await paper.installation.pidOf(UNITS.bot)).toBe(bot);
      expect(found(report, 'phase-5/bot-continues')?.detail).toMatch(
        new RegExp(`pid ${mcp}\\) killed; bot pid ${bot} made [1-9]\\d* decisions since`),
      );

      expect(found(report, 'phase-6/systemd-limits')?.detail).toBe('CPUQuota=15%, MemoryMax=1024M');
      const usage = found(report, 'phase-6/memory-below-1g');
      expect(usage?.detail).toContain('quick: 12 s of the plan’s 60 s');
      expect(usage?.output).toMatch(/; monitoring: CPU: .*%, Memory: [\d.]+MB, Within limits: /);
      const enforced = found(report, 'phase-6/limits-enforced');
      expect(enforced?.detail).toMatch(
        /quota 15 %, held back [1-9]\d* times; memory limit 1024 MB/,
      );
      // The hog was there: it got what the quota allows, and that is more than monitoring needs.
      expect(enforced?.figure).toBeGreaterThan(5);
    },
    LIMIT_MS,
  );

  test(
    'a quota of 50 % ends NOT READY, and is all that is named',
    async () => {
      const dropIn = `${UNIT_DIRECTORY}/${UNITS.mcp}.d/more.conf`;
      await paper.host.write(dropIn, '[Service]\nCPUQuota=50%\n');
      await paper.host.must(['systemctl', 'daemon-reload']);
      const [report, code] = await verify(paper.host, '--phase', '6');
      expect([report.verdict, code]).toEqual(['NOT READY', 1]);
      expect(report.blockers).toEqual(['phase-6/systemd-limits']);
      expect(found(report, 'phase-6/systemd-limits')).toMatchObject({
        result: 'FAIL',
        figure: 50,
        detail: 'CPUQuota=50%, MemoryMax=1024M; wanted CPUQuota=15% and MemoryMax=1G',
      });
      expect(report.issues.map(({ id }) => id)).toEqual(['phase-6/systemd-limits']);
    },
    LIMIT_MS,
  );

  test(
    'the bench holds its mcp process to what the unit gives, and leaves all to the data’s owner',
    async () => {
      const data = `${ROOT}/shared/data`;
      const script =
        `cd ${ROOT}/shared/config && DATA_DIR=${data} exec ${ROOT}/current/bin/pmcp bench ` +
        // Asks for what no machine can tell: it ends with the control, once all has started.
        '--with-mcp --duration 20 --block 0.5 --precision 0.01 --json';
      const { code, stdout, stderr } = await paper.host.run(['sh', '-c', script], {
        timeoutMs: LIMIT_MS,
      });
      expect(code, stderr).toBe(4);
      expect(JSON.parse(stdout).held).toBe(
        'CPUQuota=15%, CPUQuotaPeriodSec=20ms, CPUWeight=20, nice 10, as its unit',
      );
      const owners = await paper.host.sh(`find ${data}/bench -printf '%u\n' | sort -u`);
      expect(owners).toBe('pmcp');
    },
    LIMIT_MS,
  );
});
