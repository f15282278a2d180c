import type { CommandEntry } from '../src/cli.ts';

/** Every command, in the order of `--help`. One line each; the module is loaded when it is run. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'run exchange, bot and monitoring on paper in this terminal',
    load: () => import('./up.ts').then((m) => m.default),
  },
  {
    name: 'bot',
    summary: 'run the copy-trading bot',
    load: () => import('./bot.ts').then((m) => m.default),
  },
  {
    name: 'mcp',
    summary: 'run the MCP servers, health and metrics beside the bot',
    load: () => import('./mcp.ts').then((m) => m.default),
  },
  {
    name: 'exchange',
    summary: 'run the embedded paper exchange',
    load: () => import('./exchange.ts').then((m) => m.default),
  },
  {
    name: 'status',
    summary: 'what the bot is doing now',
    load: () => import('./status.ts').then((m) => m.default),
  },
  {
    name: 'validate-health',
    summary: 'whether a running installation is as it should be',
    load: () => import('./validate-health.ts').then((m) => m.default),
  },
  {
    name: 'canary',
    summary: 'count how often this installation fails what it is asked',
    load: () => import('./canary.ts').then((m) => m.default),
  },
  {
    name: 'logs',
    summary: 'what the processes said, filtered and followed',
    load: () => import('./logs.ts').then((m) => m.default),
  },
  {
    name: 'halt',
    summary: 'stop all new trades now',
    load: () => import('./halt.ts').then((m) => m.default),
  },
  {
    name: 'resume',
    summary: 'end a halt',
    load: () => import('./resume.ts').then((m) => m.default),
  },
  {
    name: 'entries',
    summary: 'pause entries while a release is switched',
    load: () => import('./entries.ts').then((m) => m.default),
  },
  {
    name: 'breaker',
    summary: 'show, trip or reset the circuit breaker',
    load: () => import('./breaker.ts').then((m) => m.default),
  },
  {
    name: 'alerts',
    summary: 'list, acknowledge, test and silence alerts',
    load: () => import('./alerts.ts').then((m) => m.default),
  },
  {
    name: 'maintenance',
    summary: 'hold alerts back while somebody works on this host',
    load: () => import('./maintenance.ts').then((m) => m.default),
  },
  {
    name: 'approve',
    summary: 'carry out a resume or reset that was asked for on Telegram',
    load: () => import('./approve.ts').then((m) => m.default),
  },
  {
    name: 'trades',
    summary: 'list, explain or export decisions and trades',
    load: () => import('./trades.ts').then((m) => m.default),
  },
  {
    name: 'positions',
    summary: 'open positions with cost, mark and PnL',
    load: () => import('./positions.ts').then((m) => m.default),
  },
  {
    name: 'wallets',
    summary: 'list, add or remove followed wallets',
    load: () => import('./wallets.ts').then((m) => m.default),
  },
  {
    name: 'replay',
    summary: 'run recorded rows through the decision path',
    load: () => import('./replay.ts').then((m) => m.default),
  },
  {
    name: 'scan',
    summary: 'where risk parameters are defined, read and written in the code',
    load: () => import('./scan.ts').then((m) => m.default),
  },
  {
    name: 'coverage',
    summary: 'whether the bot’s code is tested as much as it should be',
    load: () => import('./coverage.ts').then((m) => m.default),
  },
  {
    name: 'bench',
    summary: 'what the mcp process costs trading, and each part beside its peers',
    load: () => import('./bench.ts').then((m) => m.default),
  },
  {
    name: 'verify',
    summary: 'work through the integration test plan: ready or not',
    load: () => import('./verify.ts').then((m) => m.default),
  },
  {
    name: 'report',
    summary: 'the report of a verification, from its evidence',
    load: () => import('./report.ts').then((m) => m.default),
  },
  {
    name: 'rollback',
    summary: 'put hosts back on the last good release, or stop the mcp service at once',
    load: () => import('./rollback.ts').then((m) => m.default),
  },
  {
    name: 'backup',
    summary: 'back hosts up for a full rollback',
    load: () => import('./backup.ts').then((m) => m.default),
  },
  {
    name: 'releases',
    summary: 'list, mark, prune and unlock what is deployed',
    load: () => import('./releases.ts').then((m) => m.default),
  },
  {
    name: 'deploy',
    summary: 'bring a release to hosts, observed and reversible',
    load: () => import('./deploy.ts').then((m) => m.default),
  },
  {
    name: 'review',
    summary: 'look at a running installation now, or review a week after a release',
    load: () => import('./review.ts').then((m) => m.default),
  },
  {
    name: 'doctor',
    summary: 'whether a host is ready, and what to do where it is not',
    load: () => import('./doctor.ts').then((m) => m.default),
  },
  {
    name: 'config',
    summary: 'check, show or document the configuration',
    load: () => import('./config.ts').then((m) => m.default),
  },
  {
    name: 'completion',
    summary: 'what completes this command line in a shell, and its manual page',
    load: () => import('./completion.ts').then((m) => m.completionCommand(() => commands)),
  },
];
