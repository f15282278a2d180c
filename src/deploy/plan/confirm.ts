/** Steps that find out whether the release does its work, and then make the change final. */
import { auditStep } from '../audit.ts';
import { disarmStep } from '../dead-man.ts';
import type { Facts } from '../facts/facts.ts';
import { UNITS } from '../layout.ts';
import { markStep } from '../marks.ts';
import { script } from '../shell.ts';
import type { Step } from '../step.ts';
import { pmcpArgv } from './install.ts';
import type { DeployRequest } from './request.ts';
import { roundsFor } from './switch.ts';

/** Between two looks during the observation. */
export const LOOK_EVERY_SECONDS = 5;

export function confirmSteps(facts: Facts, request: DeployRequest): Step[] {
  const { layout, release, at, by, observeSeconds, target } = request;
  const { id } = release.manifest;
  const looks = Math.max(1, Math.floor(observeSeconds / LOOK_EVERY_SECONDS));
  const rounds = Math.ceil(roundsFor(request.minimumCount) / looks);
  const steps: Step[] = [
    {
      id: 'running',
      title: `see that the process of ${UNITS.mcp} is of release ${id}`,
      reason: 'a link that points there does not prove it',
      argv: script(
        '[ "$(readlink "/proc/$(systemctl show -p MainPID --value "$1")/exe")" = "$2/runtime/node" ]',
        UNITS.mcp,
        layout.release(id),
      ),
      timeoutMs: 20_000,
    },
    {
      id: 'gate',
      title: 'health gate: every check of validate-health, until none fails',
      reason: 'a release that is not healthy is taken back',
      argv: pmcpArgv(request, ['validate-health', `--${target}`, '--post-deploy', '--quick']),
      timeoutMs: 60_000,
    },
  ];
  if (observeSeconds > 0) {
    steps.push({
      id: 'observe',
      title: `observe it for ${observeSeconds} s`,
      reason: 'it is taken back when it fails more often than the one before',
      argv: pmcpArgv(request, ['canary', '--rounds', String(rounds)]),
      timeoutMs: 60_000,
    });
  }
  const why =
    observeSeconds > 0
      ? `healthy, and observed for ${observeSeconds} s`
      : 'healthy after the deploy; not observed';
  return [
    ...steps,
    disarmStep(layout),
    markStep(layout, { release: id, mark: 'good', at: at.toISOString(), by, why }),
    auditStep(layout, {
      at: at.toISOString(),
      event: 'deployed',
      by,
      release: id,
      ...(facts.current === undefined ? {} : { from: facts.current }),
    }),
    ...(facts.current === undefined ? [] : [maintenanceEnd(request)]),
  ];
}

function maintenanceEnd(request: DeployRequest): Step {
  return {
    id: 'maintenance-end',
    title: 'end the maintenance: alerts are sent again',
    reason: 'what still holds is told now',
    argv: pmcpArgv(request, ['maintenance', 'end', '--by', request.by]),
    timeoutMs: 30_000,
  };
}
