import { type Layout, UNITS } from '../layout.ts';
import type { Step } from '../step.ts';
import type { Way } from './prepare.ts';
import type { Check } from './rehearse.ts';

export type Kind = 'mcp' | 'full' | 'immediate' | 'pending';

export interface RolledBack {
  kind: Kind;
  from: string | undefined;
  target: string | undefined;
  backup: string | undefined;
  passed: Way['passed'];
  checks: Check[];
  /** What was done, or with a dry run what would be: title and argv. */
  steps: { title: string; argv: readonly string[]; durationMs?: number }[];
  dryRun: boolean;
  /** The bot is another process than before. */
  botRestarted: boolean;
  durationMs: number;
  /** Undefined: it is as it should be. Else what is not, and needs a human. */
  problem: string | undefined;
}

type Unfinished = Omit<RolledBack, 'durationMs' | 'problem' | 'botRestarted'> & {
  startedTick: number;
  problem?: string | undefined;
  botRestarted?: boolean;
};

export function finished({
  startedTick,
  problem,
  botRestarted = false,
  ...rest
}: Unfinished): RolledBack {
  const durationMs = Math.round(performance.now() - startedTick);
  return { ...rest, problem, botRestarted, durationMs };
}

export const shown = (steps: readonly Step[]) => steps.map(({ title, argv }) => ({ title, argv }));

/** What a human types when none of this helps. */
export function byHand(layout: Layout, target: string | undefined): string[] {
  const { root } = layout;
  if (target === undefined) return [`systemctl stop ${UNITS.mcp}`, `systemctl status ${UNITS.bot}`];
  return [
    `ln -sfn releases/${target} ${root}/current.new && mv -fT ${root}/current.new ${root}/current`,
    'systemctl daemon-reload',
    `systemctl restart ${UNITS.mcp}`,
    `systemctl status ${UNITS.mcp} ${UNITS.bot}`,
    `journalctl -u ${UNITS.mcp} -u pmcp-revert.service -n 50`,
  ];
}
