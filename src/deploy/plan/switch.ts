/** Steps that make an installed release the one that runs. */
import { auditStep } from '../audit.ts';
import { backupStep } from '../backup.ts';
import { botSwitchSteps, pointArgv } from '../bot-switch.ts';
import { armStep } from '../dead-man.ts';
import type { Facts } from '../facts/facts.ts';
import { UNIT_DIRECTORY, UNITS } from '../layout.ts';
import { script } from '../shell.ts';
import type { Step } from '../step.ts';
import { pmcpArgv } from './install.ts';
import type { DeployRequest } from './request.ts';

export interface UnitChange {
  name: string;
  text: string;
  /** Undefined: there is none of this name. */
  before: string | undefined;
}

export function switchSteps(
  facts: Facts,
  request: DeployRequest,
  units: readonly UnitChange[],
  withBot: boolean,
): Step[] {
  const first = facts.current === undefined;
  const mcp = [...pointSteps(facts, request), restartStep(facts)];
  const bot = withBot ? botSteps(facts, request) : [];
  return [
    ...(first ? [] : [backup(request), maintenanceStep(request)]),
    ...(first || request.observeSeconds === 0 ? [] : [baselineStep(request)]),
    arm(facts, request, units, withBot),
    ...unitSteps(units),
    // What monitors wants what it monitors: a bot that is new here comes first.
    ...(facts.currentBot === undefined ? [...bot, ...mcp] : [...mcp, ...bot]),
  ];
}

function backup({ layout, release, at, recipient }: DeployRequest): Step {
  const node = `${layout.release(release.manifest.id)}/runtime/node`;
  return backupStep(layout, { at, node, ...(recipient === undefined ? {} : { recipient }) });
}

/** Longer than any deploy without its observation. */
const WORK_SECONDS = 600;
const LONGEST_MAINTENANCE_SECONDS = 3600;

function maintenanceStep(request: DeployRequest): Step {
  const { release, by, observeSeconds } = request;
  const seconds = Math.min(LONGEST_MAINTENANCE_SECONDS, observeSeconds + WORK_SECONDS);
  const words = ['--for', `${seconds}s`, '--reason', `release ${release.manifest.id}`];
  return {
    id: 'maintenance',
    title: 'hold back the alerts that a deploy explains, and mark it on every chart',
    reason: 'the chat is told once; what is urgent is told all the same',
    argv: pmcpArgv(request, ['maintenance', 'begin', ...words, '--kind', 'deploy', '--by', by]),
    undo: pmcpArgv(request, ['maintenance', 'end', '--by', by]),
    timeoutMs: 30_000,
  };
}

/** Of what a round of the canary asks. */
const REQUESTS_PER_ROUND = 3;

/** As many as it takes for figures that say something, and some more for lost ones. */
export function roundsFor(minimumCount: number): number {
  return Math.ceil((1.2 * minimumCount) / REQUESTS_PER_ROUND);
}

function baselineStep(request: DeployRequest): Step {
  return {
    id: 'baseline',
    title: 'count how often the present release fails what it is asked',
    reason: 'the new release is judged by it',
    argv: pmcpArgv(request, ['canary', '--rounds', String(roundsFor(request.minimumCount))]),
    timeoutMs: 120_000,
  };
}

function arm(
  facts: Facts,
  request: DeployRequest,
  units: readonly UnitChange[],
  withBot: boolean,
): Step {
  const { layout, release, token, by, revertSeconds } = request;
  const why = 'the deploy was not confirmed';
  const reversal = {
    bad: { release: release.manifest.id, why },
    current: facts.current,
    ...(withBot ? { bot: { current: facts.currentBot } } : {}),
    units: { keep: units.map(({ name }) => name) },
    token,
    by,
    events: { started: 'revert-started', done: 'reverted', failed: 'revert-failed' },
  };
  return armStep(layout, reversal, revertSeconds, release.revertScript);
}

const WRITE_UNIT = `cat >"$1.new"
chmod 644 "$1.new"
mv -f "$1.new" "$1"`;

function unitSteps(units: readonly UnitChange[]): Step[] {
  if (units.length === 0) return [];
  const steps = units.map(
    ({ name, text, before }): Step => ({
      id: `unit:${name}`,
      title: `${before === undefined ? 'create' : 'replace'} ${UNIT_DIRECTORY}/${name}`,
      reason: before === undefined ? 'it is not there' : 'it differs from that of the release',
      argv: script(WRITE_UNIT, `${UNIT_DIRECTORY}/${name}`),
      input: text,
      timeoutMs: 20_000,
    }),
  );
  steps.push({
    id: 'daemon-reload',
    title: 'have systemd read its units again',
    reason: `${units.length} of them changed`,
    argv: ['systemctl', 'daemon-reload'],
    timeoutMs: 60_000,
  });
  const installed = units.filter(({ text }) => text.includes('[Install]')).map(({ name }) => name);
  const isTimer = (name: string) => name.endsWith('.timer');
  for (const [id, flags, names] of [
    ['enable', [], installed.filter((name) => !isTimer(name))],
    ['timers', ['--now'], installed.filter(isTimer)],
  ] as const) {
    if (names.length === 0) continue;
    steps.push({
      id,
      title: `enable ${names.join(', ')}`,
      reason: 'they are to run after a reboot, too',
      argv: ['systemctl', 'enable', '--quiet', ...flags, ...names],
      timeoutMs: 60_000,
    });
  }
  return steps;
}

function pointSteps(facts: Facts, { layout, release, at, by }: DeployRequest): Step[] {
  const { id } = release.manifest;
  const from = facts.current;
  return [
    {
      id: 'switch',
      title: `${layout.current} -> releases/${id}`,
      reason: from === undefined ? 'nothing has been deployed there' : `it is ${from}`,
      argv: pointArgv(layout.current, id),
      timeoutMs: 20_000,
    },
    auditStep(layout, {
      at: at.toISOString(),
      event: 'switched',
      by,
      release: id,
      ...(from === undefined ? {} : { from }),
    }),
  ];
}

function restartStep(facts: Facts): Step {
  const runs = facts.services[UNITS.mcp]?.active === 'active';
  return {
    id: 'restart-mcp',
    title: `${runs ? 'restart' : 'start'} ${UNITS.mcp}`,
    reason: runs ? 'a process keeps the release that it was started from' : 'it does not run',
    // A unit that failed too often would refuse.
    argv: script(
      'systemctl reset-failed "$1" 2>/dev/null || true; systemctl restart "$1"',
      UNITS.mcp,
    ),
    timeoutMs: 120_000,
  };
}

function botSteps(facts: Facts, { layout, release }: DeployRequest): Step[] {
  const runs = facts.services[UNITS.bot]?.active === 'active';
  const from = runs ? facts.currentBot : undefined;
  return botSwitchSteps(layout, { from, to: release.manifest.id });
}
