/** From a look at the host to what will be done there. Changes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { FailedError, RefusedError, reasonOf } from '../../errors.ts';
import { type Backup, listBackups, verifyBackup } from '../backup.ts';
import { armStep, fireStep, type Reversal } from '../dead-man.ts';
import type { Host } from '../host.ts';
import type { Layout } from '../layout.ts';
import type { Inventory } from '../releases/inventory.ts';
import type { Step } from '../step.ts';
import { isBotUnit } from '../units.ts';
import { chooseBackup, chooseTarget } from './choose.ts';
import { keptUnits, unitsOfOnly } from './units.ts';

export interface Wish {
  kind: 'mcp' | 'full';
  to?: string;
  backup?: string;
  by: string;
  reason: string;
}

export interface Way {
  from: string | undefined;
  target: string;
  /** The bot's release afterwards; undefined: the bot is left alone. */
  bot: string | undefined;
  backup: string | undefined;
  passed: { id: string; why: string }[];
  /** With the lock's token, which the host frees in the end. */
  steps(token: string): Step[];
}

/** Until the host does it by itself, should the connection be lost between the two steps. */
const DELAY_SECONDS = 30;

export async function prepareRollback(
  host: Host,
  layout: Layout,
  inventory: Inventory,
  wish: Wish,
): Promise<Way> {
  return wish.kind === 'full'
    ? fullWay(host, layout, inventory, wish)
    : mcpWay(host, layout, inventory, wish);
}

async function mcpWay(host: Host, layout: Layout, inventory: Inventory, wish: Wish): Promise<Way> {
  const { target, from, passed } = chooseTarget(inventory, wish.to);
  // Those of the bot are left alone with it.
  const put = await keptUnits(host, layout, target.id);
  const gone = await unitsOfOnly(host, layout, [from], [target.id]);
  const units = {
    put: Object.fromEntries(Object.entries(put).filter(([name]) => !isBotUnit(name))),
    gone: gone.filter((name) => !isBotUnit(name)),
  };
  const reversal = { ...common(wish, from, target.id), current: target.id, units };
  return {
    from,
    target: target.id,
    bot: undefined,
    backup: undefined,
    passed,
    steps: (token) => stepsOf(layout, { ...reversal, token }),
  };
}

async function fullWay(host: Host, layout: Layout, inventory: Inventory, wish: Wish): Promise<Way> {
  const { name, content, passed } = chooseBackup(inventory, await candidates(host, layout, wish));
  const target = content.current ?? '';
  const bot = content.currentBot;
  const left = [inventory.current, inventory.currentBot];
  const reversal = {
    ...common(wish, inventory.current, target),
    current: target,
    ...(bot === undefined ? {} : { bot: { current: bot, restart: true } }),
    units: { put: {}, gone: await unitsOfOnly(host, layout, left, [target, bot]) },
    backup: posix.join(layout.backups, name),
  };
  return {
    from: inventory.current,
    target,
    bot,
    backup: name,
    passed,
    steps: (token) => stepsOf(layout, { ...reversal, token }),
  };
}

/** What was left by choice is bad: the next rollback must not come back to it. */
function common({ by, reason }: Wish, from: string | undefined, target: string) {
  const bad = from === undefined || from === target ? {} : { bad: { release: from, why: reason } };
  const events = {
    started: 'rollback-started',
    done: 'rolled-back',
    failed: 'rollback-failed',
  };
  return { ...bad, by, events };
}

function stepsOf(layout: Layout, reversal: Reversal): Step[] {
  return [armStep(layout, reversal, DELAY_SECONDS, revertScript()), fireStep(reversal.current)];
}

/** Those of the wish, or all; damaged ones with the reason. */
async function candidates(host: Host, layout: Layout, { backup }: Wish) {
  const all = await listBackups(host, layout);
  const wanted = backup === undefined ? all : all.filter(({ name }) => name === backup);
  if (backup !== undefined && wanted.length === 0) {
    throw new RefusedError(`${host.name}: no backup ${backup} there`, {
      hint: `There are: ${all.map(({ name }) => name).join(', ') || 'none'}.`,
    });
  }
  const found: { name: string; content: Awaited<ReturnType<typeof contentOf>>['content'] }[] = [];
  for (const one of wanted) {
    found.push({ name: one.name, ...(await contentOf(host, layout, one)) });
  }
  return found;
}

async function contentOf(host: Host, layout: Layout, { name }: Backup) {
  try {
    return { content: await verifyBackup(host, layout, name) };
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof FailedError)) throw error;
    return { content: undefined, damage: reasonOf(error) };
  }
}

/** Of the installation that this process was started from, which need not be the host's. */
export function revertScript(from = import.meta.dirname): string {
  for (let at = from; ; at = dirname(at)) {
    const path = join(at, 'scripts/host/revert.sh');
    if (existsSync(path)) return readFileSync(path, 'utf8');
    if (at === dirname(at)) {
      throw new FailedError(`${from}: no installation above it holds scripts/host/revert.sh`);
    }
  }
}
