import { type Layout, SERVICE_USER } from './layout.ts';
import { joined, type Section } from './unit-text.ts';

/** Where secrets lie on a host: root's, 0700, each file 0600 and named by its configuration key. */
export function credentialsDirectory(layout: Layout): string {
  return `${layout.config}/credentials`;
}

export function startLimits(burst: number): Section['lines'] {
  return [
    ['StartLimitIntervalSec', '300'],
    ['StartLimitBurst', String(burst)],
  ];
}

export function runsAs(layout: Layout): Section['lines'] {
  return [
    // Ready when it says so, alive as long as it completes cycles. A helper speaks for it.
    ['Type', 'notify'],
    ['NotifyAccess', 'all'],
    ['User', SERVICE_USER],
    ['Group', SERVICE_USER],
    '# Where .env is read.',
    ['WorkingDirectory', layout.config],
    ['Environment', joined(`DATA_DIR=${layout.data}`, 'PMCP_LOG=json', 'NO_COLOR=1')],
    '# 130: stopped by a signal, and cleaned up. 2: wrong configuration, the same next time.',
    ['SuccessExitStatus', '130'],
    ['RestartPreventExitStatus', '2'],
    ['Restart', 'on-failure'],
    ['KillMode', 'mixed'],
  ];
}

export function credentials(
  layout: Layout,
  keys: readonly string[],
  found: readonly string[],
): Section['lines'] {
  const given = keys.filter((key) => found.includes(key));
  return given.map((key) => ['LoadCredential', `${key}:${credentialsDirectory(layout)}/${key}`]);
}

/** What no part of the product needs. Node compiles at run time: memory must stay executable. */
export const confinement: Section['lines'] = [
  ['UMask', '0077'],
  ['LimitCORE', '0'],
  ['NoNewPrivileges', 'yes'],
  ['CapabilityBoundingSet', ''],
  ['AmbientCapabilities', ''],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'yes'],
  ['PrivateTmp', 'yes'],
  ['PrivateDevices', 'yes'],
  ['DevicePolicy', 'closed'],
  ['PrivateMounts', 'yes'],
  ['PrivateUsers', 'yes'],
  ['ProtectProc', 'invisible'],
  ['ProtectClock', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['RemoveIPC', 'yes'],
  ['KeyringMode', 'private'],
  ['LockPersonality', 'yes'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['SystemCallFilter', '@system-service'],
  ['SystemCallFilter', '~@privileged @resources'],
  ['SystemCallErrorNumber', 'EPERM'],
];

export const install: Section = { name: 'Install', lines: [['WantedBy', 'multi-user.target']] };
