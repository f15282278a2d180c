import { passed, skipped } from '../../core/validation.ts';
import type { Facts } from '../facts/facts.ts';
import { SERVICE_USER } from '../layout.ts';
import { credentialsDirectory } from '../unit-parts.ts';
import type { Examined } from './examine.ts';
import { type Diagnosis, type DoctorCheck, doubtful, ill, said } from './findings.ts';

/** Of what is there; before the first deploy there is nothing. */
export const installationChecks: readonly DoctorCheck[] = [
  { name: 'user of the services', about: 'installation', judge: installed(user) },
  { name: 'Node runtime of the release', about: 'installation', judge: installed(runtime) },
  { name: 'link to the release of mcp', about: 'installation', judge: installed(currentLink) },
  { name: 'link to the release of the bot', about: 'installation', judge: installed(botLink) },
  {
    name: 'files and folders are closed to others',
    about: 'installation',
    judge: installed(modes),
  },
  {
    name: 'settings have the right mode and owner',
    about: 'installation',
    judge: installed(settings),
  },
  {
    name: 'configuration there is accepted',
    about: 'installation',
    judge: installed(configuration),
  },
  { name: 'configuration here is accepted', about: 'installation', judge: ownConfiguration },
  { name: 'no deploy is under way or left over', about: 'installation', judge: lock },
];

function isInstalled({ releases, current }: Facts): boolean {
  return releases.length > 0 || current !== undefined;
}

export function installed(judge: DoctorCheck['judge']): DoctorCheck['judge'] {
  return (examined) =>
    isInstalled(examined.facts)
      ? judge(examined)
      : skipped(`nothing is deployed in ${examined.layout.root} yet`);
}

function user({ facts }: Examined): Diagnosis {
  if (facts.hasServiceUser) return passed(SERVICE_USER);
  const remedy = `useradd --system --shell /usr/sbin/nologin ${SERVICE_USER}, or deploy again`;
  return ill(`there is no user ${SERVICE_USER}`, remedy);
}

function runtime(examined: Examined): Diagnosis {
  const version = said(examined, 'node');
  if (/^v(?:2[4-9]|[3-9]\d)\./.test(version)) return passed(version);
  const words = version === '' ? 'does not start' : `is ${version}; 24 is needed`;
  return ill(`the runtime ${words}`, 'Deploy the release again: `pmcp deploy`.');
}

function currentLink(examined: Examined): Diagnosis {
  return link(examined, 'current', examined.facts.current);
}

function botLink(examined: Examined): Diagnosis {
  return link(examined, 'current-bot', examined.facts.currentBot);
}

function link(examined: Examined, name: string, release: string | undefined): Diagnosis {
  const remedy = 'Go back to a good release with `pmcp rollback`, or deploy again.';
  if (release === undefined) return ill(`${name} leads to no release`, remedy);
  const [, state] = said(examined, `link ${name}`).split('\n');
  return state === 'whole' ? passed(release) : ill(`${release} is not whole`, remedy);
}

interface Entry {
  path: string;
  mode: number;
  owner: string;
}

/** Programs belong to root, or whoever runs as the service could change what root starts. */
function modes(examined: Examined): Diagnosis {
  const { layout } = examined;
  const secrets = credentialsDirectory(layout);
  const lines = said(examined, 'modes').split('\n').filter(Boolean);
  const problems = lines.map(entryOf).flatMap(({ path, mode, owner }) => {
    const isData = path === layout.data || path === layout.config || path.endsWith('.db');
    const isSecret = path.startsWith(secrets);
    if (isSecret && owner !== 'root') return [`chown root: ${path}`];
    if (!isSecret && !isData && owner !== 'root') return [`chown root: ${path}`];
    const closed = isSecret || isData ? 0o077 : 0o022;
    if ((mode & closed) === 0) return [];
    return [`chmod ${isSecret || isData ? 'go=' : 'go-w'} ${path}`];
  });
  if (problems.length === 0) return passed(`${lines.length} looked at`);
  return ill(`${problems.length} are too open, or another’s`, problems.join('; '));
}

function entryOf(line: string): Entry {
  const [, mode = '777', owner = '', path = ''] = /^(\d+) (\S+) [^|]*\|(.*)$/.exec(line) ?? [];
  return { path, mode: Number.parseInt(mode, 8), owner };
}

function settings({ facts, layout }: Examined): Diagnosis {
  if (facts.config.length === 0) {
    const remedy = `install -D -m 600 -o ${SERVICE_USER} .env ${layout.config}/.env`;
    return ill(`there is no ${layout.config}/.env`, remedy);
  }
  const remedies = facts.config.flatMap(({ path, mode, owner }) => {
    const isOpen = !path.endsWith('wallets.json') && (Number.parseInt(mode, 8) & 0o077) !== 0;
    const isForeign = owner !== SERVICE_USER && owner !== 'root';
    return [
      ...(isOpen ? [`chmod 600 ${path}`] : []),
      ...(isForeign ? [`chown ${SERVICE_USER}: ${path}`] : []),
    ];
  });
  const names = facts.config.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)).join(', ');
  if (remedies.length === 0) return passed(names);
  return ill(`${names}: others may read or change them`, remedies.join('; '));
}

function configuration(examined: Examined): Diagnosis {
  const text = said(examined, 'configuration');
  if (text.endsWith('accepted')) return passed('by the release that is current');
  const remedy = `Mend ${examined.layout.config}/.env; \`pmcp config docs\` lists every key.`;
  if (text === '') return doubtful('cannot be told', remedy);
  return ill(problemsIn(text), remedy);
}

/** Of a failure in JSON, as the command line prints it; anything else as it stands. */
function problemsIn(text: string): string {
  try {
    const { error } = JSON.parse(text.slice(text.indexOf('{'))) as {
      error: { message: string; problems?: { message: string }[] };
    };
    const problems = (error.problems ?? []).map(({ message }) => message);
    return problems.length > 0 ? problems.join('; ') : error.message;
  } catch {
    return text.split('\n').slice(0, 3).join('; ');
  }
}

function ownConfiguration({ configProblems }: Examined): Diagnosis {
  if (configProblems.length === 0) return passed('of this directory and this environment');
  const messages = configProblems.map(({ message }) => message).join('; ');
  return ill(
    messages,
    configProblems
      .map(({ hint = '' }) => hint)
      .join(' ')
      .trim(),
  );
}

function lock({ facts }: Examined): Diagnosis {
  if (!facts.lock) return passed('none');
  const remedy = 'Wait for it; if its holder is dead: `pmcp releases unlock`.';
  return doubtful('a deploy holds the lock', remedy);
}
