import { defineCommand, type Outcome, type Paint } from '../src/command.ts';
import type { Config } from '../src/config/schema.ts';
import type { Context } from '../src/context.ts';
import { type DoctorReport, diagnose, type Verdict } from '../src/deploy/doctor/doctor.ts';
import { examine } from '../src/deploy/doctor/examine.ts';
import {
  chooseHosts,
  type OnHost,
  onEachHost,
  throwIfAllFailed,
} from '../src/deploy/hosts/chosen.ts';
import { ConfigError, type Problem } from '../src/errors.ts';

export default defineCommand({
  name: 'doctor',
  summary: 'whether a host is ready, and what to do where it is not',
  description: `Looks at each host of DEPLOY_HOSTS (this machine, by default) and says what it found, each with its
remedy: systemd and cgroups, memory and disk, ports and whose they are, clock, modes and owners,
the configuration there, units as they should be, limits as the kernel enforces them, Telegram and
venue. Nothing is changed and no secret is read out.

Exit code 0: ready. 1: something has to be mended. 4: a host could not be asked.`,
  examples: [
    'pmcp doctor',
    'pmcp doctor --host ssh://operator@staging.example --env staging',
    'pmcp doctor --json | jq -r \'.hosts[].result.findings[] | select(.result == "failed").remedy\'',
  ],
  options: [
    { flags: '--host <host...>', summary: 'these hosts only (default: all of DEPLOY_HOSTS)' },
    { flags: '--all', summary: 'show also what is as it should be' },
  ],
  async run(options, context): Promise<Outcome> {
    const { config, configProblems } = await configuration(context);
    const named = [options['host'] ?? []].flat() as string[];
    const chosen = chooseHosts(config, named);
    const { signal } = context;
    const nowMs = () => Date.now();
    const results = await onEachHost(chosen, async (host) => {
      const isLocal = host.name === 'local';
      const given = { host, isLocal, layout: chosen.layout, config, configProblems, signal, nowMs };
      return diagnose(await examine(given));
    });
    throwIfAllFailed(results);
    const hosts = results.map(({ host, result, problem }) =>
      problem === undefined ? { host, result } : { host, problem },
    );
    const failed = results.some(({ result }) => result?.ready === false);
    const unasked = results.some(({ problem }) => problem !== undefined);
    const exitCode = failed ? 1 : unasked ? 4 : 0;
    const data = { hosts, all: options['all'] === true };
    return { schema: 'pmcp.doctor', version: 1, data, exitCode };
  },
  render({ data }, paint) {
    const { hosts, all } = data as { hosts: OnHost<Verdict>[]; all: boolean };
    const drawn = hosts.map(({ host, result, problem }) =>
      result ? verdictWords(host, result, all, paint) : paint.bad(`${host}: ${problem}`),
    );
    return drawn.join('\n\n');
  },
});

/** A configuration that is refused is a finding too: the defaults stand in for it. */
async function configuration(
  context: Context,
): Promise<{ config: Config; configProblems: readonly Problem[] }> {
  try {
    return { config: await context.config(), configProblems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { loadConfig } = await import('../src/config/load.ts');
    const config = await loadConfig({ flags: {}, env: {}, directory: '/nonexistent' });
    return { config, configProblems: error.problems };
  }
}

function verdictWords(host: string, { ready, findings }: Verdict, all: boolean, paint: Paint) {
  const shown = findings.filter(({ result }) => all || result === 'failed' || result === 'unknown');
  const count = (wanted: string) => findings.filter(({ result }) => result === wanted).length;
  const counts = (['passed', 'failed', 'unknown', 'skipped', 'off'] as const)
    .filter((result) => count(result) > 0)
    .map((result) => `${count(result)} ${result}`);
  const verdict = ready ? paint.good('ready') : paint.bad('not ready');
  return [
    ...shown.map((one) => findingWords(one, paint)),
    `${host} is ${verdict}: ${counts.join(', ')}`,
  ].join('\n');
}

function findingWords({ name, result, detail, remedy }: DoctorReport, paint: Paint): string {
  const colour = { passed: paint.good, failed: paint.bad, unknown: paint.warn }[result as string];
  const line = `${(colour ?? paint.dim)(result.padEnd(8))} ${name}: ${detail}`;
  return remedy === undefined ? line : `${line}\n         ${paint.strong('do:')} ${remedy}`;
}
