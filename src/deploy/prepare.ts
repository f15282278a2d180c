import type { Problem } from '../errors.ts';
import { configProblems } from './config-check.ts';
import type { Facts } from './facts/facts.ts';
import { probeHost } from './facts/probe.ts';
import type { Host } from './host.ts';
import { planDeploy } from './plan/plan.ts';
import { preflight } from './plan/preflight.ts';
import type { DeployRequest } from './plan/request.ts';
import { unitFactsOf } from './plan/unit-facts.ts';
import { script } from './shell.ts';
import type { Plan } from './step.ts';
import { renderUnits } from './units.ts';

/** What is wanted of every host alike. */
export type Wanted = Omit<DeployRequest, 'units' | 'credentials' | 'token'>;

export interface Prepared {
  host: Host;
  facts: Facts;
  request: DeployRequest;
  plan: Plan;
  /** Everything known to be in the way; empty: it may be carried out. */
  problems: Problem[];
}

/** Looks at a host and decides. Changes nothing there. `token`: of the lock, when it is held. */
export async function prepareHost(
  host: Host,
  wanted: Wanted,
  token: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const facts = await probeHost(host, wanted.layout, wanted.target, signal);
  const units = renderUnits(wanted.layout.root, unitFactsOf(facts));
  const request = { ...wanted, units, credentials: facts.credentials, token };
  const plan = planDeploy(facts, request);
  const problems = preflight({ facts, request, plan });
  const asked = [unitProblems(host, request, signal), configProblems(host, facts, request, signal)];
  problems.push(...(await Promise.all(asked)).flat());
  return { host, facts, request, plan, problems };
}

/** Only in memory: nothing on the host's disk is touched for a look. */
const VERIFY = `dir=$(mktemp -d /dev/shm/pmcp-units.XXXXXX)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
awk '/^@@ /{ if (file) close(file); file = $2; next } { print > file }'
systemd-analyze verify --man=no ./* 2>&1 | grep -vE "is not executable: No such file|Unit .* not found" || true`;

/** What systemd itself says of the units, before they are put in place. */
async function unitProblems(
  host: Host,
  { units }: DeployRequest,
  signal: AbortSignal,
): Promise<Problem[]> {
  const input = units.map(({ name, text }) => `@@ ${name}\n${text}`).join('');
  const { stdout, stderr, code } = await host.run(script(VERIFY), { input, signal });
  const said = code === 0 ? stdout : `${stdout}\n${stderr}`;
  const names = units.map(({ name }) => name);
  // It reads the units of the whole host, and speaks of those as well.
  return said
    .split('\n')
    .filter((line) => code !== 0 || names.some((name) => line.includes(name)))
    .filter((line) => line.trim() !== '')
    .map((line) => ({
      message: `systemd refuses a unit: ${line.replace(/^\/dev\/shm\/pmcp-units\.\w+\//, '')}`,
      hint: 'Its version may be too old; see `systemctl --version` there.',
    }));
}
