import { createHash } from 'node:crypto';
import { type Facts, stableFacts } from '../facts/facts.ts';
import { type Layout, UNIT_DIRECTORY, UNITS } from '../layout.ts';
import type { Downtime, FileChange, Plan } from '../step.ts';
import { isBotUnit } from '../units.ts';
import { confirmSteps } from './confirm.ts';
import { unifiedDiff } from './diff.ts';
import { installSteps } from './install.ts';
import type { DeployRequest } from './request.ts';
import { switchSteps, type UnitChange } from './switch.ts';

/** For backups, logs and the databases while the release is installed. */
const SPARE_BYTES = 64_000_000;
/** Measured at 15 % of a core; the unit's own limit is 30. */
const MCP_RESTART_SECONDS = 5;
const BOT_RESTART_SECONDS = 3;

/** Decides everything from the facts of one host: the same facts and request give the same plan. */
export function planDeploy(facts: Facts, request: DeployRequest): Plan {
  const { layout, release, units } = request;
  const { manifest } = release;
  const withBot = isWithBot(facts, request);
  const changed = units
    .map(({ name, text }): UnitChange => ({ name, text, before: facts.units[name] }))
    .filter(({ text, before }) => text !== before);
  // What belongs to the bot changes with the bot: systemd would apply some of it at once.
  const kept = changed.filter(({ name }) => !withBot && isBotUnit(name));
  const installed = changed.filter((unit) => !kept.includes(unit));
  const isThere = facts.releases.includes(manifest.id);
  return {
    host: facts.host,
    release: manifest.id,
    from: facts.current,
    steps: [
      ...installSteps(facts, request),
      ...switchSteps(facts, request, installed, withBot),
      ...confirmSteps(facts, request),
    ],
    files: [
      ...(isThere ? [] : [{ path: layout.release(manifest.id), change: 'create' } as const]),
      ...installed.map(unitChange),
      ...linkChanges(facts, layout, manifest.id, withBot),
    ],
    downtime: downtimes(facts, withBot),
    diskBytesNeeded: (isThere ? 0 : release.bytes + release.unpackedBytes) + SPARE_BYTES,
    notes: kept.map(({ name }) => `${name} differs, and is left as it is: deploy with --bot`),
    factsHash: factsHash(facts),
  };
}

/** A bot that was never deployed there is part of the first deploy. */
export function isWithBot(facts: Facts, { bot }: Pick<DeployRequest, 'bot'>): boolean {
  return bot || facts.currentBot === undefined;
}

function factsHash(facts: Facts): string {
  return createHash('sha256')
    .update(JSON.stringify(stableFacts(facts)))
    .digest('hex');
}

function unitChange({ name, text, before }: UnitChange): FileChange {
  const path = `${UNIT_DIRECTORY}/${name}`;
  const diff = unifiedDiff(path, before ?? '', text);
  return { path, change: before === undefined ? 'create' : 'replace', diff };
}

function linkChanges(facts: Facts, layout: Layout, id: string, withBot: boolean): FileChange[] {
  const links: [path: string, before: string | undefined][] = [[layout.current, facts.current]];
  if (withBot) links.push([layout.currentBot, facts.currentBot]);
  return links
    .filter(([, before]) => before !== id)
    .map(([path, before]) => ({
      path,
      change: before === undefined ? 'create' : 'replace',
      diff: unifiedDiff(path, before === undefined ? '' : `releases/${before}`, `releases/${id}`),
    }));
}

function downtimes(facts: Facts, withBot: boolean): Downtime[] {
  const runs = (name: string) => facts.services[name]?.active === 'active';
  return [
    {
      service: UNITS.bot,
      expectedSeconds: withBot && runs(UNITS.bot) ? BOT_RESTART_SECONDS : 0,
    },
    { service: UNITS.mcp, expectedSeconds: runs(UNITS.mcp) ? MCP_RESTART_SECONDS : 0 },
  ];
}
