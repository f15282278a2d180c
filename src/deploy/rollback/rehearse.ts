/** What can fail on the way back is tried before anything is changed. */
import type { Result } from '../../core/validation.ts';
import { FailedError, reasonOf } from '../../errors.ts';
import type { Host } from '../host.ts';
import { type Layout, SERVICE_USER } from '../layout.ts';
import { parseManifest, verifyRelease } from '../release/manifest-file.ts';
import { lastWords, must, script } from '../shell.ts';

export interface Check {
  name: string;
  result: Result;
  detail: string;
  durationMs: number;
}

const CHECK_MS = 60_000;

/** Its own command line, where the configuration is, as the services' user. */
function releaseArgv(layout: Layout, id: string, ...words: readonly string[]): string[] {
  const pmcp = `${layout.release(id)}/bin/pmcp`;
  const asUser = ['runuser', '-u', SERVICE_USER, '--', pmcp, ...words];
  return script('cd "$1" && shift && exec "$@"', layout.config, ...asUser);
}

/** Units under other names than systemd's own would be checked as others: in a directory apart. */
const VERIFY_UNITS = `dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$1"/* "$dir/"
systemd-analyze verify --man=no "$dir"/*`;

export async function rehearse(
  host: Host,
  layout: Layout,
  ids: readonly string[],
  environment: string,
): Promise<Check[]> {
  const checks = [...new Set(ids)].flatMap((id) => [
    timed(`${id}: every file is what was deployed`, () => whole(host, layout, id)),
    timed(`${id}: its command line starts`, async () => {
      const argv = releaseArgv(layout, id, '--version');
      return (await must(host, 'starting it', argv, { timeoutMs: CHECK_MS })).stdout.trim();
    }),
    timed(`${id}: accepts the configuration`, async () => {
      const place = ['--env', environment, '--data-dir', layout.data];
      const argv = releaseArgv(layout, id, 'config', 'check', ...place);
      await must(host, 'its check', argv, { timeoutMs: CHECK_MS });
      return environment;
    }),
    timed(`${id}: its units are valid`, () => unitsValid(host, layout, id)),
  ]);
  return Promise.all(checks);
}

async function timed(name: string, check: () => Promise<string>): Promise<Check> {
  const startedTick = performance.now();
  const since = () => Math.round(performance.now() - startedTick);
  try {
    const detail = await check();
    return { name, result: 'passed', detail, durationMs: since() };
  } catch (error) {
    return { name, result: 'failed', detail: reasonOf(error), durationMs: since() };
  }
}

async function whole(host: Host, layout: Layout, id: string): Promise<string> {
  const path = `${layout.release(id)}/manifest.json`;
  const { stdout } = await must(host, 'its manifest', ['cat', path], { timeoutMs: CHECK_MS });
  const manifest = parseManifest(stdout, path);
  const { argv, input } = verifyRelease(layout, manifest, layout.release(id));
  const answer = await host.run(argv, { input, timeoutMs: CHECK_MS });
  // What is wrong stands on its standard output, a mere count of it elsewhere.
  const wrong = answer.stdout.trim().split('\n').slice(0, 5).join('; ');
  if (answer.code !== 0) throw new FailedError(wrong || lastWords(answer));
  return `${Object.keys(manifest.files).length} files`;
}

async function unitsValid(host: Host, layout: Layout, id: string): Promise<string> {
  const directory = `${layout.units}/${id}`;
  const there = await host.run(['test', '-d', directory], { timeoutMs: CHECK_MS });
  if (there.code !== 0) return 'none are kept of it: those of now stay';
  const answer = await host.run(script(VERIFY_UNITS, directory), { timeoutMs: CHECK_MS });
  if (answer.code !== 0) throw new FailedError(lastWords(answer));
  return directory;
}
