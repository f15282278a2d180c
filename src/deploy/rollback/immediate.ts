import { askStep, documentOf, runStep } from '../apply/run-step.ts';
import { appendAudit } from '../audit.ts';
import { entriesArgv } from '../bot-switch.ts';
import type { Host } from '../host.ts';
import { type Layout, UNITS } from '../layout.ts';
import { type Inventory, takeInventory } from '../releases/inventory.ts';
import { lastWords } from '../shell.ts';
import type { Step } from '../step.ts';
import { finished, type RolledBack, shown } from './report.ts';

const STOP: Step = {
  id: 'stop-mcp',
  title: `stop ${UNITS.mcp}`,
  reason: 'the bot needs nothing of it',
  argv: ['systemctl', 'stop', UNITS.mcp],
  timeoutMs: 30_000,
};

/** The mcp service stopped and the bot seen trading; no lock, no rehearsal: nothing is in its way. */
export async function stopMcp(
  host: Host,
  layout: Layout,
  { dryRun, by }: { dryRun: boolean; by: string },
): Promise<RolledBack & { entries: string }> {
  const startedTick = performance.now();
  const status: Step = {
    id: 'bot',
    title: 'ask the bot whether it trades',
    reason: 'it must not have been touched',
    argv: entriesArgv(layout, 'status'),
    timeoutMs: 15_000,
  };
  const base = { kind: 'immediate', target: undefined, backup: undefined, passed: [] } as const;
  const before = await takeInventory(host, layout);
  const report = { ...base, passed: [], checks: [], from: before.current, dryRun, startedTick };
  const steps = shown([STOP, status]);
  if (dryRun) return { ...finished({ ...report, steps }), entries: '' };
  await runStep(host, STOP);
  const answer = await askStep(host, status);
  const after = await takeInventory(host, layout);
  const detail = `${UNITS.mcp} stopped`;
  const at = new Date().toISOString();
  await appendAudit(host, layout, { at, event: 'mcp-stopped', by, detail }).catch(() => {});
  const document = documentOf(answer);
  const blocked = document?.['blockedBy'];
  const entries = typeof blocked === 'string' ? `closed: ${blocked}` : 'open';
  const problem = !document
    ? `the bot does not answer: ${lastWords(answer)}`
    : botTouched(before, after);
  return { ...finished({ ...report, steps, problem }), entries };
}

function botTouched(before: Inventory, after: Inventory): string | undefined {
  if (after.mcp.active === 'active') return `${UNITS.mcp} still runs`;
  if (after.bot.active !== 'active') return `${UNITS.bot} is ${after.bot.active}`;
  if (after.bot.pid !== before.bot.pid) return `${UNITS.bot} was restarted meanwhile`;
  return undefined;
}
