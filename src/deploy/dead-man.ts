import { FailedError, RefusedError } from '../errors.ts';
import type { Host } from './host.ts';
import { type Layout, UNIT_DIRECTORY } from './layout.ts';
import { checkReleaseId, lastWords, script } from './shell.ts';
import type { Step } from './step.ts';

/**
 * What the host does by itself when a change is not confirmed in time: scripts/host/revert.sh, run by
 * a timer of the host. Not a transient one of `systemd-run`: that would be forgotten by a reboot in
 * the middle, which is when it is needed.
 */
export interface Reversal {
  /** The release that is left; its mark and the words why. Absent: nothing is marked. */
  bad?: { release: string; why: string };
  /** What `current` becomes; undefined: there was no release, so it is removed and mcp stopped. */
  current: string | undefined;
  /** Only when the bot is being switched too: what `current-bot` becomes. */
  bot?: { current: string | undefined; restart?: boolean };
  /**
   * Content of units by name, put in place, and names of those that go; `keep` takes the ones that
   * the host has when it is armed, and remembers which of these it had not.
   */
  units:
    | { keep: readonly string[] }
    | { put: Readonly<Record<string, string>>; gone: readonly string[] };
  /** A verified backup whose units (for `put`) and monitoring database come back. */
  backup?: string;
  /** Of the deploy lock, freed in the end. */
  token: string;
  by: string;
  /** Audit events of beginning and end. */
  events: { started: string; done: string; failed: string };
}

const GONE = 75;

/** Splits standard input into files: a line `@@ name` begins one. $1 ROOT, $2 units, $3 backup. */
const ARM = `umask 077
new=$1/revert.new
for old in plan plan.acting; do
  [ ! -e "$1/revert/$old" ] || { echo "an earlier change still waits to be taken back" >&2; exit 1; }
done
rm -rf "$new"
mkdir -p "$new/units"
cd "$new"
awk '/^@@ /{ if (file) close(file); file = $2; next } { print > file }'
if [ -f keep ]; then
  while read -r unit; do
    [ -n "$unit" ] || continue
    if [ -f "$2/$unit" ]; then cp "$2/$unit" units/; else echo "$unit" >>absent; fi
  done <keep
fi
if [ -n "$3" ]; then
  tar -xzf "$3" --strip-components=1 restore/units
  tar -xzf "$3" --strip-components=1 restore/monitor.db 2>/dev/null || true
fi
# Whether one is enabled belongs to it: as it is now; what is not there yet will be.
for unit in units/*; do
  name=\${unit#units/}
  [ -f "$unit" ] && grep -q '^\\[Install\\]' "$unit" || continue
  [ -f "$2/$name" ] && ! systemctl is-enabled --quiet "$name" || echo "$name" >>enabled
done
install -m 644 timer "$2/pmcp-revert.timer"
install -m 644 service "$2/pmcp-revert.service"
sync "$2" ./*
rm -rf "$1/revert" "$1/revert.over" "$1/revert.result"
mv -T "$new" "$1/revert"
sync "$1"
systemctl daemon-reload
systemctl enable --quiet pmcp-revert.timer
systemctl restart pmcp-revert.timer`;

const RENEW = `[ -e "$1/revert/plan" ] || exit ${GONE}
systemctl restart pmcp-revert.timer`;

/** The units of now are kept as those of the confirmed release. $2 the directory of units. */
const DISARM = `mv "$1/revert/plan" "$1/revert/plan.done" || exit ${GONE}
systemctl disable --quiet --now pmcp-revert.timer
release=$(sed -n 's/^release=//p' "$1/revert/plan.done")
if [ -n "$release" ] && [ "$(readlink "$1/current")" = "releases/$release" ]; then
  rm -rf "$1/units/$release.new"
  mkdir -p "$1/units/$release.new"
  for unit in "$2"/polymarket-* "$2"/pmcp-*; do
    case $unit in *pmcp-revert.*) continue ;; esac
    [ ! -f "$unit" ] || cp "$unit" "$1/units/$release.new/"
  done
  rm -rf "$1/units/$release"
  mv -T "$1/units/$release.new" "$1/units/$release"
fi
rm -rf "$1/revert"`;

/** Before anything is changed: from here on the host can take it back without us. */
export function armStep(
  layout: Layout,
  reversal: Reversal,
  delaySeconds: number,
  revertScript: string,
): Step {
  const to = reversal.current ?? 'no release';
  return {
    id: 'arm',
    title: `arm the host's own reversal to ${to}, in ${delaySeconds} s unless renewed`,
    reason: 'the connection may be lost, or the host rebooted, at any of the next steps',
    argv: script(ARM, layout.root, UNIT_DIRECTORY, reversal.backup ?? ''),
    input: bundle(layout, reversal, delaySeconds, revertScript),
    undo: script(DISARM, layout.root, UNIT_DIRECTORY),
    timeoutMs: 60_000,
  };
}

export function disarmStep(layout: Layout): Step {
  return {
    id: 'disarm',
    title: "disarm the host's own reversal",
    reason: 'the change is confirmed',
    argv: script(DISARM, layout.root, UNIT_DIRECTORY),
    timeoutMs: 30_000,
  };
}

/** The same reversal at once, by the host's own service: a lost connection does not stop it. */
export function fireStep(to: string | undefined): Step {
  return {
    id: 'revert',
    title: `put the host on ${to ?? 'no release'}: units, links, restart, mark`,
    reason: 'done by the host itself, so that a lost connection leaves nothing half done',
    argv: ['systemctl', 'start', 'pmcp-revert.service'],
    timeoutMs: 200_000,
  };
}

/** Begins the time anew. Throws RefusedError when the host has already taken the change back. */
export async function renewDeadMan(host: Host, layout: Layout): Promise<void> {
  await confirm(host, script(RENEW, layout.root), 'renewed');
}

/** The change stays. Throws RefusedError when the host has already taken it back. */
export async function disarmDeadMan(host: Host, layout: Layout): Promise<void> {
  await confirm(host, script(DISARM, layout.root, UNIT_DIRECTORY), 'disarmed');
}

async function confirm(host: Host, argv: readonly string[], what: string): Promise<void> {
  const answer = await host.run(argv, { timeoutMs: 30_000 });
  if (answer.code === 0) return;
  if (answer.code === GONE) {
    throw new RefusedError(`${host.name}: the host has taken the change back by itself`, {
      hint: 'It was not confirmed in time. See `pmcp releases`, then deploy again.',
    });
  }
  throw new FailedError(`${host.name}: its reversal could not be ${what}: ${lastWords(answer)}`);
}

function bundle(layout: Layout, reversal: Reversal, delaySeconds: number, revertScript: string) {
  const { bad, current, bot, units, backup, token, by, events } = reversal;
  const line = (event: string, detail?: string) =>
    JSON.stringify({
      at: '@AT@',
      event,
      by,
      ...(current === undefined ? {} : { release: current }),
      ...(bad === undefined ? {} : { from: bad.release }),
      ...(detail === undefined ? {} : { detail }),
    });
  const plan = {
    release: bad === undefined ? '' : checkReleaseId(bad.release),
    current: current === undefined ? '' : checkReleaseId(current),
    bot: bot ? (bot.restart ? 'restart' : 'yes') : 'no',
    current_bot: bot?.current === undefined ? '' : checkReleaseId(bot.current),
    token,
    monitor: backup === undefined ? 'no' : 'yes',
  };
  const files: Record<string, string> = {
    'revert.sh': revertScript,
    'audit.started': line(events.started, bad?.why),
    'audit.done': line(events.done),
    'audit.failed': line(events.failed, 'see: journalctl -u pmcp-revert.service'),
    service: serviceUnit(layout),
    timer: timerUnit(layout, delaySeconds),
  };
  if (bad) {
    const { release, why } = bad;
    files['mark.json'] = JSON.stringify({ release, mark: 'bad', at: '@AT@', by, why });
  }
  if ('keep' in units) files['keep'] = units.keep.join('\n');
  else {
    for (const [name, text] of Object.entries(units.put)) files[`units/${name}`] = text;
    if (units.gone.length > 0) files['absent'] = units.gone.join('\n');
  }
  // The plan last: whoever reads the bundle sees what it rests on first.
  files['plan'] = Object.entries(plan)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');
  return Object.entries(files)
    .map(([name, text]) => `@@ ${name}\n${text.replace(/\n*$/, '\n')}`)
    .join('');
}

function serviceUnit({ root }: Layout): string {
  return `[Unit]
Description=Takes back a change of the deployment that nobody confirmed
# Asked once more when it is done already, there is nothing to do, and that is no failure.
ConditionPathExists=${root}/revert/revert.sh

[Service]
Type=oneshot
ExecStart=/bin/sh "${root}/revert/revert.sh" "${root}"
TimeoutStartSec=240
# Killed in the midst, or out of memory: what was begun is ended.
Restart=on-abnormal
RestartSec=2
`;
}

function timerUnit({ root }: Layout, delaySeconds: number): string {
  return `[Unit]
Description=Waits for the confirmation of a change of the deployment
ConditionPathExists=${root}/revert/revert.sh

[Timer]
OnActiveSec=${delaySeconds}
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}
