/** Timers of the continuous monitoring: looks every hour and half hour, and a review every week. */
import { hiddenFromMcp } from './hidden.ts';
import { type Layout, SERVICE_USER } from './layout.ts';
import { confinement, credentials } from './unit-parts.ts';
import { joined, unitText } from './unit-text.ts';

/** What the looks ask with: monitoring's own tokens, never what trades or sends. */
const REVIEW_CREDENTIALS = ['MCP_HTTP_TOKEN', 'DASHBOARD_TOKEN'] as const;

interface Look {
  name: string;
  purpose: string;
  args: string;
  calendar: string;
  /** So that many hosts, and the looks of one, do not come at once. */
  spread: string;
}

const LOOKS: readonly Look[] = [
  {
    name: 'pmcp-review-hourly',
    purpose: 'Looks at the MCP servers, new errors in the logs and breaker trips.',
    args: '--now --only servers logs breakers',
    calendar: 'hourly',
    spread: '2min',
  },
  {
    name: 'pmcp-review-resources',
    purpose: 'Looks at what the MCP servers take.',
    args: '--now --only resources',
    calendar: '*:0/30',
    spread: '2min',
  },
  {
    name: 'pmcp-review-weekly',
    purpose: 'Writes the review of the last week that is over.',
    args: '--week last',
    calendar: 'Mon *-*-* 06:00:00 UTC',
    spread: '10min',
  },
];

export function renderReviewUnits(layout: Layout, found: readonly string[]) {
  return LOOKS.flatMap((look) => [
    { name: `${look.name}.service`, text: serviceOf(look, layout, found) },
    { name: `${look.name}.timer`, text: timerOf(look) },
  ]);
}

function serviceOf({ purpose, args }: Look, layout: Layout, found: readonly string[]): string {
  return unitText(purpose, [
    { name: 'Unit', lines: [['Description', purpose.replace(/\.$/, '')]] },
    {
      name: 'Service',
      lines: [
        ['Type', 'oneshot'],
        ['ExecStart', `${layout.current}/bin/pmcp review ${args}`],
        ['User', SERVICE_USER],
        ['Group', SERVICE_USER],
        '# To read the journal of the services.',
        ['SupplementaryGroups', 'systemd-journal'],
        ['WorkingDirectory', layout.config],
        ['Environment', joined(`DATA_DIR=${layout.data}`, 'NO_COLOR=1')],
        '# 4: it cannot be told yet. 1, something is wrong, is left to show as a failed unit.',
        ['SuccessExitStatus', '4'],
        ['TimeoutStartSec', '300'],
        ['CPUQuota', '15%'],
        ['CPUWeight', '20'],
        ['Nice', '19'],
        ['IOSchedulingClass', 'idle'],
        ['MemoryMax', '300M'],
        ['MemorySwapMax', '0'],
        ['OOMScoreAdjust', '900'],
        ['TasksMax', '64'],
        ...credentials(layout, REVIEW_CREDENTIALS, found),
        ...confinement,
        ['IPAddressDeny', 'any'],
        ['IPAddressAllow', 'localhost'],
        ['ReadWritePaths', layout.data],
        ...hiddenFromMcp(layout),
      ],
    },
  ]);
}

function timerOf({ purpose, calendar, spread }: Look): string {
  return unitText(purpose, [
    { name: 'Unit', lines: [['Description', purpose.replace(/\.$/, '')]] },
    {
      name: 'Timer',
      lines: [
        ['OnCalendar', calendar],
        '# What was missed while the host was off is made up for once.',
        ['Persistent', 'true'],
        ['RandomizedDelaySec', spread],
        ['AccuracySec', '1min'],
      ],
    },
    { name: 'Install', lines: [['WantedBy', 'timers.target']] },
  ]);
}
