import { passed, skipped } from '../../core/validation.ts';
import { megabytes } from '../plan/install.ts';
import { type Examined, PORTS, portOf } from './examine.ts';
import { type Diagnosis, type DoctorCheck, doubtful, ill, said, valuesOf } from './findings.ts';

/** Oldest with everything that the units use. */
const OLDEST_SYSTEMD = 247;
/** Two releases, a backup, and room for journal and history. */
const DISK_BYTES = 1_000_000_000;
const INODES = 10_000;
/** The bot takes 150 MB, monitoring 100 MB; a deploy unpacks beside them. */
const MEMORY_BYTES = 700_000_000;
/** An order is signed with a time: the venue refuses one that is too far off. */
const CLOCK_OFF_MS = 2000;
const OPEN_FILES = 65_536;
const ENTROPY_BITS = 128;

export const hostChecks: readonly DoctorCheck[] = [
  { name: 'root, or sudo without a password', about: 'host', judge: privileges },
  { name: 'systemd', about: 'host', judge: systemd },
  { name: 'cgroup controllers cpu, memory, pids', about: 'host', judge: controllers },
  { name: 'programs that a deploy uses', about: 'host', judge: programs },
  { name: 'processor is one that releases are for', about: 'host', judge: processor },
  { name: 'memory', about: 'host', judge: memory },
  { name: 'disk space and inodes', about: 'host', judge: disk },
  { name: 'clock is synchronised', about: 'host', judge: clock },
  { name: 'clock agrees with this machine', about: 'host', judge: clockAgrees },
  { name: 'files that may be open', about: 'host', judge: openFiles },
  { name: 'entropy', about: 'host', judge: entropy },
  ...PORTS.map(
    (key): DoctorCheck => ({
      name: `port of ${key}`,
      about: 'host',
      judge: (examined) => port(examined, key),
    }),
  ),
];

function privileges({ facts }: Examined): Diagnosis {
  return facts.isRoot
    ? passed('acts as root')
    : ill(
        'acts as a user without rights: not everything can be seen, and nothing be deployed',
        'Run it as root, or allow sudo without a password (NOPASSWD).',
      );
}

function systemd({ facts }: Examined): Diagnosis {
  const found = facts.systemd;
  if (found === undefined) {
    const remedy = 'Use a host that systemd manages; `pmcp up` runs without it.';
    return ill('systemd does not run here', remedy);
  }
  if (found >= OLDEST_SYSTEMD) return passed(`systemd ${found}`);
  return ill(
    `systemd ${found}; ${OLDEST_SYSTEMD} is needed`,
    'Upgrade the host: Debian 11 or newer.',
  );
}

function controllers(examined: Examined): Diagnosis {
  const found = said(examined, 'controllers').split(/\s+/);
  const lost = ['cpu', 'memory', 'pids'].filter((name) => !found.includes(name));
  if (lost.length === 0) return passed('CPUQuota, MemoryMax and TasksMax can be enforced');
  return ill(
    `not enabled: ${lost.join(', ')}; limits of the services would be ignored`,
    'Boot with cgroup_enable=memory swapaccount=1, or give the container these controllers.',
  );
}

function programs({ facts }: Examined): Diagnosis {
  const lost = facts.missingPrograms;
  if (lost.length === 0) return passed('all there');
  return ill(
    `missing: ${lost.join(', ')}`,
    `Install them, on Debian: apt install ${lost.join(' ')}`,
  );
}

function processor({ facts: { arch } }: Examined): Diagnosis {
  if (arch === 'x64' || arch === 'arm64') return passed(arch);
  return ill(`${arch}; there are releases for x64 and arm64`, 'Use another machine.');
}

function memory(examined: Examined): Diagnosis {
  const [total = Number.NaN, free = Number.NaN] = said(examined, 'memory')
    .split('\n')
    .map((kilobytes) => Number(kilobytes || Number.NaN) * 1024);
  if (Number.isNaN(total + free)) return doubtful('cannot be told', 'See `free -m` there.');
  const words = `${megabytes(free)} of ${megabytes(total)} available`;
  return free >= MEMORY_BYTES
    ? passed(words)
    : ill(`${words}; ${megabytes(MEMORY_BYTES)} are wanted`, 'Stop something, or add memory.');
}

function disk({ facts, layout }: Examined): Diagnosis {
  if (!facts.disk) return doubtful('cannot be told', `See \`df ${layout.root}\` there.`);
  const { freeBytes, freeInodes } = facts.disk;
  const inodes = freeInodes === Number.MAX_SAFE_INTEGER ? 'any number of' : String(freeInodes);
  const words = `${megabytes(freeBytes)} and ${inodes} files free at ${layout.root}`;
  if (freeBytes >= DISK_BYTES && freeInodes >= INODES) return passed(words);
  return ill(
    `${words}; ${megabytes(DISK_BYTES)} and ${INODES} files are wanted`,
    'Remove old releases with `pmcp releases prune`, or enlarge the disk.',
  );
}

function clock(examined: Examined): Diagnosis {
  const values = valuesOf(examined, 'clock');
  const zone = values.get('Timezone');
  const words = zone === undefined ? '' : ` (time zone ${zone}; everything here counts in UTC)`;
  const remedy = 'apt install systemd-timesyncd && timedatectl set-ntp true';
  const state = values.get('NTPSynchronized');
  if (state === 'yes') return passed(`synchronised${words}`);
  if (state === 'no') return ill(`not synchronised${words}`, remedy);
  return doubtful('timedatectl cannot tell', `Make sure that some NTP client runs: ${remedy}`);
}

function clockAgrees({ clockAheadMs }: Examined): Diagnosis {
  const off = Math.abs(clockAheadMs);
  const words = off === 0 ? 'agrees' : `${off} ms ${clockAheadMs > 0 ? 'ahead' : 'behind'}`;
  return off <= CLOCK_OFF_MS
    ? passed(words)
    : ill(words, 'Synchronise both clocks; orders carry a time, and so does every decision.');
}

function openFiles(examined: Examined): Diagnosis {
  const most = Number(said(examined, 'files') || Number.NaN);
  if (Number.isNaN(most)) return doubtful('cannot be told', 'See /proc/sys/fs/nr_open there.');
  if (most >= OPEN_FILES) return passed(`up to ${most} a process`);
  return ill(`up to ${most} a process`, `sysctl -w fs.nr_open=${OPEN_FILES}`);
}

function entropy(examined: Examined): Diagnosis {
  const bits = Number(said(examined, 'entropy') || Number.NaN);
  if (Number.isNaN(bits)) return doubtful('cannot be told', 'Is /proc mounted there?');
  if (bits >= ENTROPY_BITS) return passed(`${bits} bits`);
  return ill(`${bits} bits: tokens and nonces would wait`, 'apt install rng-tools5, or haveged');
}

function port(examined: Examined, key: (typeof PORTS)[number]): Diagnosis {
  const { facts, config, listeners } = examined;
  const wanted = portOf(facts, config, key);
  const paper = (facts.settings['TRADING_MODE'] ?? config.TRADING_MODE) === 'paper';
  if (key === 'EXCHANGE_PORT' && !paper) return skipped('only on paper');
  const taken = facts.listening.filter((one) => one.port === wanted);
  if (taken.length === 0) return passed(`${wanted} is free`);
  const owner = taken.find(({ pid }) => pid !== undefined);
  const ours = examined.units.find(({ name }) => unitPid(examined, name) === owner?.pid);
  if (owner && ours) return passed(`${wanted} is ${ours.name}’s`);
  // Who it is is told to root alone; then it is us when we run.
  const runs = examined.units.some(({ name }) => unitPid(examined, name) !== undefined);
  if (!owner && runs) return passed(`${wanted} is in use, and the services run`);
  const answer = listeners.get(wanted);
  const isPrometheus = answer?.isPrometheus || owner?.program?.startsWith('prometheus');
  const process = owner ? `${owner.program} (pid ${owner.pid})` : 'another program';
  const who = isPrometheus ? `a Prometheus of this host, ${process}` : (answer?.name ?? process);
  const remedy = isPrometheus
    ? `Prometheus takes ${wanted} by default: set ${key}=9464, and let it scrape that port.`
    : `Stop it (\`ss -ltnp 'sport = :${wanted}'\`), or set ${key}.`;
  return ill(`${wanted} is taken by ${who}`, remedy);
}

/** undefined: it does not run, so it is nobody. */
function unitPid(examined: Examined, name: string): number | undefined {
  const pid = Number(valuesOf(examined, `unit ${name}`).get('MainPID') ?? 0);
  return pid > 0 ? pid : undefined;
}
