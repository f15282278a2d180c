import { reasonOf } from '../../errors.ts';
import { readProcess } from '../../host/vitals.ts';
import { checksOf } from '../check.ts';
import { type Finding, fail, holds, inconclusive, pass } from '../evidence.ts';
import { killMonitoring, monitoringPid, traded } from '../kill.ts';
import { botStatus, dashboardOrigin, health } from '../running.ts';
import type { Site } from '../site.ts';

export const phase5 = checksOf(5, {
  'monitoring-starts': {
    title: 'Monitoring starts with main bot',
    severity: 'Critical',
    needs: ['running'],
    how: 'both processes run: the bot on its socket, monitoring on its port',
    fix: 'Start both services: `systemctl start polymarket-bot polymarket-mcp`.',
    run: bothRun,
  },
  'dashboard-shows-bot': {
    title: 'Dashboard shows bot status',
    criteria: [11],
    needs: ['running'],
    how: 'components.main_bot of /health',
    fix: 'Read the message; see `pmcp status` and `pmcp logs`.',
    run: (site) => componentFinding(site, 'main_bot'),
  },
  'executor-monitored': {
    title: 'Trade executor monitored',
    needs: ['running'],
    how: 'components.trade_executor of /health, with its memory',
    fix: 'Read the message; see `pmcp status` and `pmcp logs`.',
    run: (site) => componentFinding(site, 'trade_executor'),
  },
  'bot-continues': {
    title: 'Bot continues if monitoring crashes',
    objectives: [1, 6],
    severity: 'Critical',
    needs: ['running', 'kill'],
    how: 'kills the monitoring process and watches the bot for ten seconds or more',
    fix: 'The bot must not depend on monitoring: do not deploy this release.',
    run: botContinues,
  },
  'monitoring-restarted': {
    title: 'Monitoring is restarted after a crash',
    objectives: [6],
    criteria: [11],
    needs: ['running', 'kill'],
    how: 'waits for another monitoring process to answer on its port',
    fix: 'Give the unit Restart=always, and read its log: `journalctl -u polymarket-mcp`.',
    run: restarted,
  },
});

async function bothRun(site: Site): Promise<Finding> {
  const command = 'pmcp status; ss -ltnp';
  try {
    const { pid } = await botStatus(site);
    const monitoring = monitoringPid(site);
    const words = `bot pid ${pid}, monitoring ${monitoring ? `pid ${monitoring}` : 'not seen'}`;
    if (monitoring === pid) return fail(`${words}: one process is both`, { command });
    if (monitoring !== undefined) {
      const parents = `bot: ${parentOf(pid)}, monitoring: ${parentOf(monitoring)}`;
      return pass(words, { command, output: `parents: ${parents}` });
    }
    // Its process may be another user's, but then it must at least answer.
    await health(site);
    return pass(`${words}, and answers`, { command });
  } catch (error) {
    return fail(reasonOf(error), { command });
  }
}

function parentOf(pid: number): string {
  return String(readProcess(pid)?.parentPid ?? 'unknown');
}

async function componentFinding(site: Site, name: 'main_bot' | 'trade_executor'): Promise<Finding> {
  const command = `curl -s ${dashboardOrigin(site)}/health | jq .components.${name}`;
  try {
    const component = (await health(site)).components[name];
    const { status, message, memory_mb: memory } = component;
    const output = JSON.stringify(component);
    const rest = { command, output, ...(memory !== undefined && { figure: memory, unit: 'MB' }) };
    if (status === 'unknown' || status === 'disabled') return fail(`${status}: ${message}`, rest);
    if (memory === undefined) return fail(`${status}, but its memory is not shown`, rest);
    // Trouble that is shown is what monitoring is for; that there is some is no pass.
    return holds(status !== 'critical', `${status}: ${message}`, rest);
  } catch (error) {
    return fail(reasonOf(error), { command });
  }
}

async function botContinues(site: Site): Promise<Finding> {
  const command = 'kill -9 <monitoring>; pmcp status';
  try {
    const report = await killMonitoring(site);
    const { looks, botProblem, pid } = report;
    const [first] = looks;
    const last = looks.at(-1);
    const output = looks
      .map((one) => `${one.seconds} s: bot pid ${one.pid}, ${one.decisions} decisions`)
      .join('\n');
    const rest = { command, output, figure: last?.seconds ?? 0, threshold: 10, unit: 's' };
    if (botProblem !== undefined) return fail(botProblem, rest);
    if (last?.pid !== first?.pid) {
      return fail(`the bot ended with it: pid ${first?.pid} became ${last?.pid}`, rest);
    }
    const stuck = looks.filter((one, at) => at > 2 && one.atMs === looks[at - 3]?.atMs);
    if (stuck.length > 0) return fail('the bot published nothing for seconds', rest);
    const made = (last?.decisions ?? 0) - (first?.decisions ?? 0);
    const words = `monitoring (pid ${pid}) killed; bot pid ${first?.pid} made ${made} decisions since`;
    if (site.selfStarted && !traded(report)) return inconclusive(words, rest);
    return pass(words, rest);
  } catch (error) {
    return inconclusive(reasonOf(error), { command });
  }
}

async function restarted(site: Site): Promise<Finding> {
  const command = 'kill -9 <monitoring>; curl /livez';
  try {
    const { backAfterSeconds, backPid, pid } = await killMonitoring(site);
    const rest = { command, threshold: 90, unit: 's' };
    if (backAfterSeconds === undefined) return fail(`no other came after pid ${pid}`, rest);
    const figure = backAfterSeconds;
    return pass(`pid ${backPid} answers ${figure} s after pid ${pid} ended`, { ...rest, figure });
  } catch (error) {
    return inconclusive(reasonOf(error), { command });
  }
}
