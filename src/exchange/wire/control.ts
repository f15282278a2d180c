import { isAddress } from './accounts.ts';
import { faultKinds } from './faults.ts';
import { Refusal, type Route, recordBody, type WireRequest } from './http.ts';
import type { Load } from './load.ts';
import type { Wire } from './wire.ts';

/** /control: the operator's and the tests' side door. Not part of the venue; loopback only. */

export interface ControlOptions {
  scenario: string;
  seed: number;
  sockets(): Record<string, number>;
  requests(): number;
  load: Load;
}

export function controlRoutes(wire: Wire, options: ControlOptions): Route[] {
  const { engine, faults } = wire;
  const guarded = (route: Route): Route => ({
    ...route,
    handle(request) {
      requireOperator(request);
      return route.handle(request);
    },
  });
  const routes: Route[] = [
    { method: 'GET', path: '/control/faults', handle: () => faultList() },
    {
      method: 'POST',
      path: '/control/faults',
      handle: (request) => ({ status: 201, body: faults.add(recordBody(request)) }),
    },
    {
      method: 'DELETE',
      path: '/control/faults',
      handle() {
        faults.clear();
        return faultList();
      },
    },
    { method: 'GET', path: '/control/leaders', handle: () => ({ body: engine.leaders() }) },
    { method: 'GET', path: '/control/state', handle: () => ({ body: state(wire, options) }) },
    { method: 'GET', path: '/control/ledger', handle: (request) => ledger(wire, request) },
    { method: 'POST', path: '/control/resolve', handle: (request) => resolve(wire, request) },
    ...options.load.routes,
  ];
  const faultList = () => ({ body: { faults: faults.list(), kinds: faultKinds } });
  return routes.map(guarded);
}

/**
 * Loopback is not enough: a web page in the operator's browser reaches loopback too. It cannot hide
 * its Origin, nor fake the Host that its own name resolves from.
 */
function requireOperator({ headers, remoteAddress }: WireRequest): void {
  const loopback = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(remoteAddress);
  const host = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.test(headers.host ?? '');
  if (!loopback || !host || headers.origin !== undefined) {
    throw new Refusal(403, 'control is for programs on this machine');
  }
}

function state({ engine, clock, accounts }: Wire, options: ControlOptions) {
  return {
    nowMs: clock.now(),
    engineMs: engine.now(),
    speed: clock.speed,
    scenario: options.scenario,
    seed: options.seed,
    requests: options.requests(),
    sockets: options.sockets(),
    accounts: accounts.all().map(({ address, apiKey }) => ({ address, apiKey })),
    markets: engine.markets(),
    audit: engine.audit(),
  };
}

/** Everything needed to prove what a wallet did and owns. */
function ledger({ engine }: Wire, { query }: WireRequest) {
  const wallet = query.get('wallet') ?? '';
  if (!isAddress(wallet)) {
    throw new Refusal(400, `wallet: ${JSON.stringify(wallet)} is not an address`);
  }
  const address = wallet.toLowerCase();
  return {
    body: {
      ...engine.ledger(address),
      cash: engine.cashOf(address),
      activity: engine.activityOf(address),
      audit: engine.audit(),
    },
  };
}

function resolve({ engine }: Wire, request: WireRequest) {
  const { conditionId, outcome } = recordBody(request);
  if (typeof conditionId !== 'string') throw new Refusal(400, 'conditionId: a string is expected');
  if (outcome !== 0 && outcome !== 1 && outcome !== 'split') {
    throw new Refusal(400, `outcome: ${JSON.stringify(outcome)} is not 0, 1 or "split"`);
  }
  if (!engine.resolve(conditionId, outcome)) {
    throw new Refusal(404, `market ${conditionId} is unknown or resolved already`);
  }
  return { body: engine.market(conditionId) };
}
