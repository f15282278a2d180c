import { commandLine } from './hosts/quote.ts';
import { type Layout, SERVICE_USER, UNITS } from './layout.ts';
import { checkReleaseId, script } from './shell.ts';
import type { Step } from './step.ts';

export interface BotSwitch {
  /** The release that the bot runs now; undefined: none is running. */
  from: string | undefined;
  to: string;
}

/** The pause outlasts everything that is waited for under it. */
const PAUSE_SECONDS = 110;
const SETTLE_SECONDS = 45;
const RECONCILE_SECONDS = 60;

/** One rename: a reader sees the old target or the new one. */
const POINT = `ln -sfn "releases/$2" "$1.new"
mv -fT "$1.new" "$1"
sync "$(dirname "$1")"`;

/** With the link the process: what is taken back is first on disk, then running. */
const BACK = `${POINT}
systemctl restart "$3"`;
const AWAY = `systemctl stop "$3"
rm -f "$1"`;

export function pointArgv(link: string, release: string): string[] {
  return script(POINT, link, checkReleaseId(release));
}

/** A command of the bot's own release, as the bot's user: the control socket is for nobody else. */
export function entriesArgv(layout: Layout, ...words: readonly string[]): string[] {
  const pmcp = `${layout.currentBot}/bin/pmcp`;
  const place = ['--data-dir', layout.data, '--json'];
  const argv = ['runuser', '-u', SERVICE_USER, '--', pmcp, 'entries', ...words, ...place];
  // Where the operator's own home is, the service's user may not even look.
  return script('cd "$1" && shift && exec "$@"', layout.config, ...argv);
}

/**
 * Another release for the bot while it trades: entries wait, open outcomes are settled, then it is
 * restarted and left to agree with the venue. Exits go on until the restart and after it. Fills that
 * come meanwhile stay undecided and are found again by the next process: none is lost, and its
 * journal keeps any from being copied twice.
 */
export function botSwitchSteps(layout: Layout, { from, to }: BotSwitch): Step[] {
  const running = from !== undefined;
  const steps: Step[] = [];
  if (running) steps.push(pauseStep(layout, to));
  steps.push({
    id: 'switch-bot',
    title: `${layout.currentBot} -> releases/${to}`,
    reason: running ? `it is ${from}` : 'no bot is running',
    argv: pointArgv(layout.currentBot, to),
    undo: running
      ? script(BACK, layout.currentBot, checkReleaseId(from), UNITS.bot)
      : script(AWAY, layout.currentBot, '', UNITS.bot),
    timeoutMs: 20_000,
  });
  steps.push({
    id: 'restart-bot',
    title: `restart ${UNITS.bot}`,
    reason: 'a process keeps the release that it was started from',
    argv: ['systemctl', 'restart', UNITS.bot],
    timeoutMs: 90_000,
  });
  steps.push({
    id: 'reconcile-bot',
    title: 'wait until journal and venue agree',
    reason: 'no entry is made before',
    argv: entriesArgv(layout, 'status', '--wait', String(RECONCILE_SECONDS)),
    timeoutMs: (RECONCILE_SECONDS + 15) * 1000,
  });
  if (running) steps.push(resumeStep(layout));
  return steps;
}

function pauseStep(layout: Layout, to: string): Step {
  const limits = ['--for', String(PAUSE_SECONDS), '--settle', String(SETTLE_SECONDS)];
  const pause = commandLine(entriesArgv(layout, 'pause', ...limits, `switching to ${to}`));
  const resume = entriesArgv(layout, 'resume');
  return {
    id: 'pause-entries',
    title: `pause entries, at most ${PAUSE_SECONDS} s, until no outcome of an order is open`,
    reason: 'nothing may be under way while the bot is switched; exits go on',
    // Whose open outcomes do not settle in time is neither switched nor left paused.
    argv: script(`${pause} && exit 0 || code=$?\n${commandLine(resume)}\nexit "$code"`),
    undo: resume,
    timeoutMs: (SETTLE_SECONDS + 15) * 1000,
  };
}

function resumeStep(layout: Layout): Step {
  return {
    id: 'resume-entries',
    title: 'end the pause',
    reason: 'ends what this deployment paused; a halt or a trip stays',
    argv: entriesArgv(layout, 'resume'),
    timeoutMs: 20_000,
  };
}
