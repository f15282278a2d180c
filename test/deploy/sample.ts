import type { Facts } from '../../src/deploy/facts/facts.ts';
import { layoutOf, UNITS } from '../../src/deploy/layout.ts';
import { planDeploy } from '../../src/deploy/plan/plan.ts';
import { preflight } from '../../src/deploy/plan/preflight.ts';
import type { DeployRequest } from '../../src/deploy/plan/request.ts';
import { unitFactsOf } from '../../src/deploy/plan/unit-facts.ts';
import { renderUnits } from '../../src/deploy/units.ts';

export const OLD = '20260101T000000Z-1111111';
export const NEW = '20260102T000000Z-2222222';
const layout = layoutOf('/opt/polymarket-copy-bot');

const service = (pid: number) => ({
  load: 'loaded',
  active: 'active',
  pid,
  enabled: 'enabled',
  executable: `${layout.release(OLD)}/runtime/node`,
});

/** A host in good order, with an installation that trades; what is given differs. */
export function factsOf(different: Partial<Facts> = {}): Facts {
  const facts: Facts = {
    host: 'ssh://root@h',
    atMs: Date.UTC(2026, 0, 5, 12),
    isRoot: true,
    arch: 'x64',
    systemd: 252,
    missingPrograms: [],
    hasServiceUser: true,
    disk: { freeBytes: 10e9, freeInodes: 1_000_000 },
    writable: true,
    releases: [OLD],
    current: OLD,
    currentBot: OLD,
    marks: { [OLD]: 'good' },
    units: {},
    services: { [UNITS.bot]: service(10), [UNITS.mcp]: service(11) },
    listening: [{ port: 8080, pid: 11, program: 'node' }],
    config: [{ path: `${layout.config}/.env`, mode: '600', owner: 'pmcp' }],
    settings: { ENVIRONMENT: 'production' },
    settingNames: ['ENVIRONMENT'],
    credentials: [],
    backupsWritable: true,
    lock: undefined,
    bot: {
      pid: 10,
      release: '1',
      environment: 'production',
      tradingBreaker: 'armed',
      mcpBreaker: 'armed',
      unknownOrders: 0,
      entriesAllowed: true,
      entriesReason: '',
    },
    health: { verdict: 'healthy', failed: [], unknown: [] },
    ...different,
  };
  const rendered = renderUnits(layout.root, unitFactsOf(facts));
  const units = Object.fromEntries(rendered.map(({ name, text }) => [name, text]));
  return { ...facts, units: different.units ?? units };
}

/** Of a host where nothing has been deployed. */
export const bare = (): Facts =>
  factsOf({
    hasServiceUser: false,
    releases: [],
    current: undefined,
    currentBot: undefined,
    marks: {},
    units: {},
    services: {},
    listening: [],
    bot: { problem: 'no release is installed' },
    health: { problem: 'no release is installed' },
  });

export function requestOf(facts: Facts, different: Partial<DeployRequest> = {}): DeployRequest {
  return {
    target: 'production',
    layout,
    release: {
      manifest: {
        schema: 'pmcp.release',
        version: 1,
        id: NEW,
        pmcpVersion: '1.0.0',
        commit: '2222222',
        dirty: false,
        builtAt: '2026-01-02T00:00:00.000Z',
        nodeVersion: '24.0.0',
        arch: 'x64',
        schemas: { journal: 1, monitor: 1, breaker: 1 },
        files: { 'bin/pmcp': 'a'.repeat(64) },
      },
      manifestSha256: 'b'.repeat(64),
      path: '/tmp/release.tar.gz',
      bytes: 60_000_000,
      unpackedBytes: 150_000_000,
      revertScript: '#!/bin/sh\n',
      bundle: new Uint8Array(),
    },
    units: renderUnits(layout.root, unitFactsOf(facts)),
    credentials: facts.credentials,
    bot: false,
    by: 'ann',
    at: new Date(Date.UTC(2026, 0, 5, 12)),
    token: 'token',
    observeSeconds: 300,
    gateSeconds: 60,
    revertSeconds: 90,
    minimumCount: 200,
    ...different,
  };
}

export function problemsOf(facts: Facts, different: Partial<DeployRequest> = {}): string[] {
  const request = requestOf(facts, different);
  const plan = planDeploy(facts, request);
  return preflight({ facts, request, plan }).map(({ message }) => message);
}
