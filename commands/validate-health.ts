import { join, resolve } from 'node:path';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Target, Verdict } from '../src/core/validation.ts';
import { UsageError } from '../src/errors.ts';
import type { Validation } from '../src/observe/validate/validate.ts';
import { VERSION } from '../src/version.ts';

export default defineCommand({
  name: 'validate-health',
  summary: 'whether a running installation is as it should be',
  description: `Makes the checks of the integration test plan (phases 2, 5 and 6) against the bot and the mcp
process that run here: dashboard, components, metrics, MCP servers, latency, risk scan, coverage,
breakers, resources and the limits of systemd. Nothing is changed.

Exit code 0: healthy. 1: a check failed. 4: it could not be told, as a check could not be made; in
production a skipped check counts as that, in staging it does not.`,
  examples: [
    'pmcp validate-health --staging',
    'pmcp validate-health --production --post-deploy',
    'pmcp validate-health --staging --json | jq -r .verdict',
  ],
  options: [
    { flags: '--staging', summary: 'with the configuration of staging' },
    {
      flags: '--production',
      summary: 'with the configuration of production, and no check left out',
    },
    { flags: '--post-deploy', summary: 'also that this release is the one that runs' },
    { flags: '--quick', summary: 'without the checks that take longer than seconds' },
  ],
  async run(options, context): Promise<Outcome<Validation>> {
    const target = targetOf(options);
    const { loadConfig } = await import('../src/config/load.ts');
    const { validate } = await import('../src/observe/validate/validate.ts');
    const { taskWords } = await import('../src/screen/tasks.ts');
    const { paintFor } = await import('../src/screen/paint.ts');
    const { flags, out, signal } = context;
    const config = await loadConfig({ flags: { ...flags, env: target } });
    const dataDir = resolve(config.DATA_DIR);
    const paint = paintFor(process.stdout, flags);
    const at = {
      config,
      target,
      socketPath: join(dataDir, 'run', 'status.sock'),
      release: VERSION,
      signal,
      sampleMs: 1000,
    };
    const data = await validate(at, {
      postDeploy: options['postDeploy'] === true,
      quick: options['quick'] === true,
      onStart: (name) => (flags.json ? out.note(name) : undefined),
      onEnd: (report) => (flags.json ? undefined : out.line(taskWords(report, paint))),
    });
    signal.throwIfAborted();
    return { schema: 'pmcp.validation', version: 1, data, exitCode: EXIT_CODES[data.verdict] };
  },
  render({ data }, paint) {
    return verdictWords(data as Validation, paint);
  },
});

const EXIT_CODES: Record<Verdict, number> = { healthy: 0, unhealthy: 1, inconclusive: 4 };

function targetOf({ staging, production }: Options): Target {
  if (staging === production) {
    throw new UsageError('name what is to be validated: either --staging or --production');
  }
  return production === true ? 'production' : 'staging';
}

function verdictWords({ target, verdict, durationMs, checks }: Validation, paint: Paint): string {
  const colours = { healthy: paint.good, unhealthy: paint.bad, inconclusive: paint.warn };
  const counts = (['passed', 'failed', 'unknown', 'skipped', 'off'] as const)
    .map((result) => [checks.filter((one) => one.result === result).length, result] as const)
    .filter(([count]) => count > 0)
    .map(([count, result]) => `${count} ${result}`);
  const seconds = (durationMs / 1000).toFixed(1);
  return `${target} is ${colours[verdict](verdict)}: ${counts.join(', ')} (${seconds} s)`;
}
