import { reasonOf } from '../errors.ts';
import { pidListening } from '../host/who-listens.ts';
import { ask } from '../observe/port.ts';
import { botStatus, dashboardOrigin, pause } from './running.ts';
import type { Site } from './site.ts';

/** What happened around the end of the monitoring process. */
export interface KillReport {
  /** Of the monitoring process that was killed. */
  pid: number;
  /** Looks at the bot during the time after it; the first is from before. */
  looks: { seconds: number; pid: number; atMs: number; decisions: number }[];
  /** Why the bot could not be looked at. */
  botProblem: string | undefined;
  /** Until another monitoring process answered; undefined: it did not come back. */
  backAfterSeconds: number | undefined;
  backPid: number | undefined;
}

const WATCH_MS = 10_000;
/** So long a decision is waited for, where leaders are known to trade. */
const TRADE_MS = 40_000;
const BACK_MS = 90_000;
const EVERY_MS = 1000;

export function monitoringPid({ config }: Site): number | undefined {
  const pid = pidListening(config.DASHBOARD_PORT);
  return pid === undefined ? undefined : Number(pid);
}

/** Kills the monitoring process, once, and watches. Rejects when there is none to kill. */
export function killMonitoring(site: Site): Promise<KillReport> {
  return site.once('kill', async () => {
    const pid = monitoringPid(site);
    if (pid === undefined) throw new Error('no process is seen on DASHBOARD_PORT');
    const first = await botStatus(site);
    const look = (seconds: number, bot: typeof first) => {
      const { decisions, atMs } = bot;
      return { seconds, pid: bot.pid, atMs, decisions };
    };
    const report: KillReport = {
      pid,
      looks: [look(0, first)],
      botProblem: undefined,
      backAfterSeconds: undefined,
      backPid: undefined,
    };
    process.kill(pid, 'SIGKILL');
    const startTick = performance.now();
    const elapsed = () => (performance.now() - startTick) / site.pace;
    const botWanted = () =>
      report.botProblem === undefined &&
      (elapsed() < WATCH_MS || (site.selfStarted && !traded(report) && elapsed() < TRADE_MS));
    const wanted = () => botWanted() || (report.backPid === undefined && elapsed() < BACK_MS);
    while (wanted()) {
      await pause(EVERY_MS * site.pace, site.signal);
      const seconds = Math.round(elapsed() / 100) / 10;
      try {
        report.looks.push(look(seconds, await botStatus(site)));
      } catch (error) {
        report.botProblem ??= `${seconds} s after: ${reasonOf(error)}`;
      }
      if (report.backPid === undefined && (await isBack(site, pid))) {
        report.backPid = monitoringPid(site);
        report.backAfterSeconds = seconds;
      }
      site.progress(`monitoring was killed ${Math.round(seconds)} s ago`);
    }
    return report;
  });
}

/** Whether the bot decided on a trade since monitoring was killed. */
export function traded({ looks }: KillReport): boolean {
  return (looks.at(-1)?.decisions ?? 0) > (looks[0]?.decisions ?? 0);
}

async function isBack(site: Site, formerPid: number): Promise<boolean> {
  const pid = monitoringPid(site);
  if (pid === undefined || pid === formerPid) return false;
  const reply = await ask({ url: `${dashboardOrigin(site)}/livez` }).catch(() => undefined);
  return reply?.status === 200;
}
