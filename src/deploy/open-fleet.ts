import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Fleet } from './fleet.ts';
import { parseInventory } from './hosts/address.ts';
import { openHost } from './hosts/open.ts';
import { layoutOf } from './layout.ts';
import type { ReleaseArchive, Target } from './plan/request.ts';
import type { Wanted } from './prepare.ts';

export interface OpenRequest {
  context: Context;
  target: Target;
  release: ReleaseArchive;
  by: string;
  bot: boolean;
  recipient: string | undefined;
  /** Names of the inventory; undefined: all of it. */
  hosts: readonly string[] | undefined;
  /** Undefined: as configured. */
  observeSeconds: number | undefined;
}

/** Rise of the error rate, as a fraction of the rate before: the plan's 10 %. */
const RELATIVE_RISE = 0.1;

/** The hosts of the inventory, and what is wanted of them all by the operator's configuration. */
export async function openFleet(
  request: OpenRequest,
): Promise<Pick<Fleet, 'hosts' | 'wanted' | 'rule' | 'signal'>> {
  const { context, target, release, by, bot, recipient } = request;
  const { loadConfig } = await import('../config/load.ts');
  const config = await loadConfig({ flags: { ...context.flags, env: target } });
  const inventory = parseInventory(config.DEPLOY_HOSTS);
  const chosen = request.hosts?.map((wanted) => {
    const found = inventory.find(({ name }) => name === wanted);
    if (found) return found;
    throw new UsageError(`--host: ${JSON.stringify(wanted)} is not in DEPLOY_HOSTS`, {
      hint: `One of: ${inventory.map(({ name }) => name).join(', ')}.`,
    });
  });
  const wanted: Wanted = {
    target,
    layout: layoutOf(config.DEPLOY_ROOT),
    release,
    bot,
    ...(recipient === undefined ? {} : { recipient }),
    by,
    at: new Date(),
    observeSeconds: request.observeSeconds ?? config.DEPLOY_OBSERVE_SECONDS,
    gateSeconds: config.DEPLOY_GATE_SECONDS,
    revertSeconds: config.DEPLOY_REVERT_SECONDS,
    minimumCount: config.DEPLOY_CANARY_MIN_COUNT,
  };
  return {
    hosts: (chosen ?? inventory).map((address) =>
      openHost(address, { configFile: config.DEPLOY_SSH_CONFIG }),
    ),
    wanted,
    rule: {
      relativeRise: RELATIVE_RISE,
      floor: config.DEPLOY_CANARY_FLOOR,
      minimumCount: config.DEPLOY_CANARY_MIN_COUNT,
    },
    signal: context.signal,
  };
}
