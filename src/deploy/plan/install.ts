/** Steps that bring a release onto a host. Nothing that runs there is touched. */
import { posix } from 'node:path';
import { auditStep } from '../audit.ts';
import type { Facts } from '../facts/facts.ts';
import { type Layout, SERVICE_USER } from '../layout.ts';
import { verifyRelease } from '../release/manifest-file.ts';
import { script } from '../shell.ts';
import type { Step } from '../step.ts';
import { credentialsDirectory } from '../unit-parts.ts';
import type { DeployRequest } from './request.ts';

/** The release's own command line on the host, where its configuration is, as the services' user. */
export function pmcpArgv(
  { layout, target, release, credentials }: DeployRequest,
  words: readonly string[],
): string[] {
  const pmcp = posix.join(layout.release(release.manifest.id), 'bin', 'pmcp');
  const argv = [pmcp, ...words, '--env', target, '--data-dir', layout.data, '--json'];
  if (credentials.length === 0) {
    const change = 'cd "$1" && shift && exec "$@"';
    return script(change, layout.config, 'runuser', '-u', SERVICE_USER, '--', ...argv);
  }
  // Only systemd hands root's files to another user, as it does to the services.
  const directory = credentialsDirectory(layout);
  return [
    ...['systemd-run', '--quiet', '--pipe', '--wait', '--collect', `--uid=${SERVICE_USER}`],
    `--working-directory=${layout.config}`,
    ...credentials.map((key) => `--property=LoadCredential=${key}:${directory}/${key}`),
    '--',
    ...argv,
  ];
}

export function installSteps(facts: Facts, request: DeployRequest): Step[] {
  const { layout, release, at, by } = request;
  const { id } = release.manifest;
  if (facts.releases.includes(id)) return [checkAgain(request), configStep(request)];
  const archive = posix.join(layout.releases, `.${id}.tar.gz`);
  const incoming = posix.join(layout.releases, `.${id}.new`);
  const check = verifyRelease(layout, release.manifest, incoming);
  return [
    ...prepareSteps(facts, layout),
    {
      id: 'upload',
      title: `upload ${megabytes(release.bytes)} to ${archive}`,
      reason: `release ${id} is not on the host`,
      argv: [],
      upload: { from: release.path, to: archive, bytes: release.bytes },
      undo: ['rm', '-f', archive],
      timeoutMs: 600_000,
    },
    {
      id: 'unpack',
      title: `unpack it to ${incoming}`,
      reason: 'a release gets its name when it is whole',
      argv: script(
        'rm -rf "$2"; mkdir -m 755 "$2"; tar -xzf "$1" -C "$2" --no-same-owner; chmod 755 "$2"; rm -f "$1"',
        archive,
        incoming,
      ),
      undo: ['rm', '-rf', incoming],
      timeoutMs: 120_000,
    },
    {
      id: 'verify-release',
      title: `compare ${Object.keys(release.manifest.files).length} files with their checksums`,
      reason: 'what was damaged on the way must not run',
      argv: check.argv,
      input: check.input,
      timeoutMs: 120_000,
    },
    {
      id: 'install',
      title: `name it ${layout.release(id)}`,
      reason: 'one rename: it is there as a whole or not at all',
      argv: script('sync -f "$1"; mv -T "$1" "$2"', incoming, layout.release(id)),
      undo: ['rm', '-rf', layout.release(id)],
      timeoutMs: 120_000,
    },
    auditStep(layout, {
      at: at.toISOString(),
      event: 'installed',
      by,
      release: id,
      manifestSha256: release.manifestSha256,
    }),
    configStep(request),
  ];
}

function checkAgain({ layout, release }: DeployRequest): Step {
  const check = verifyRelease(layout, release.manifest);
  return {
    id: 'verify-release',
    title: `compare the files of ${release.manifest.id} with their checksums`,
    reason: 'it is on the host since an earlier deploy',
    argv: check.argv,
    input: check.input,
    timeoutMs: 120_000,
  };
}

function configStep(request: DeployRequest): Step {
  return {
    id: 'check-config',
    title: `check the configuration of ${request.target} with the new release`,
    reason: 'a key that it does not know, or knows otherwise, would keep it from starting',
    argv: pmcpArgv(request, ['config', 'check']),
    timeoutMs: 60_000,
  };
}

const USER = `useradd --system --user-group --home-dir "$1" --no-create-home \\
  --shell /usr/sbin/nologin ${SERVICE_USER}`;

const DIRECTORIES = `mkdir -p "$1"
chmod 755 "$1"
install -d -m 755 "$1/releases" "$1/shared"
install -d -m 750 "$1/marks" "$1/backups" "$1/backups/mcp"
install -d -m 700 -o ${SERVICE_USER} -g ${SERVICE_USER} "$1/shared/data"
install -d -m 750 -o root -g ${SERVICE_USER} "$1/shared/config"
for file in "$1/shared/config/.env" "$1/shared/config/.env."* "$1/shared/config/wallets.json"; do
  [ ! -f "$file" ] || chown ${SERVICE_USER}: "$file"
done`;

/** What holds something stays: it was there before, or somebody needs it. */
const NO_DIRECTORIES = `cd "$1" || exit 0
chown -R root: shared
rmdir backups/mcp backups marks shared/data releases 2>/dev/null || true`;

/** What a first deploy finds missing. The configuration itself is the operator's to put there. */
function prepareSteps(facts: Facts, layout: Layout): Step[] {
  const steps: Step[] = [];
  if (!facts.hasServiceUser) {
    steps.push({
      id: 'user',
      title: `create the system user ${SERVICE_USER}`,
      reason: 'both services run as it, and it may not log in',
      argv: script(USER, layout.root),
      undo: ['userdel', SERVICE_USER],
      timeoutMs: 20_000,
    });
  }
  if (facts.releases.length === 0) {
    steps.push({
      id: 'directories',
      title: `make the directories of ${layout.root}`,
      reason: 'nothing has been deployed there',
      argv: script(DIRECTORIES, layout.root),
      undo: script(NO_DIRECTORIES, layout.root),
      timeoutMs: 20_000,
    });
  }
  return steps;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
