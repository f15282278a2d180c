import type { SkipReason } from '../core/decision.ts';

/** What can forbid entries besides the breaker, the gravest first. */
const BLOCKS = ['journal_unwritable', 'starting', 'reduce_only', 'paused', 'blind'] as const;
export type Block = Extract<SkipReason, (typeof BLOCKS)[number]>;

/** Entry blocks: each is set and cleared by the part that watches for it. Exits pass always. */
export interface Guard {
  block(reason: Block, detail: string): void;
  clear(reason: Block): void;
  has(reason: Block): boolean;
  /** Why this block is set; undefined: it is not. */
  detail(reason: Block): string | undefined;
  /** The gravest block; undefined: entries are open. */
  current(): { reason: Block; detail: string } | undefined;
}

/** Nothing is known at first, so the bot begins blocked. */
export function createGuard(): Guard {
  const blocks = new Map<Block, string>([['starting', 'not yet compared with the venue']]);
  return {
    block: (reason, detail) => void blocks.set(reason, detail),
    clear: (reason) => void blocks.delete(reason),
    has: (reason) => blocks.has(reason),
    detail: (reason) => blocks.get(reason),
    current: () => {
      if (blocks.size === 0) return undefined;
      for (const reason of BLOCKS) {
        const detail = blocks.get(reason);
        if (detail !== undefined) return { reason, detail };
      }
      return undefined;
    },
  };
}
