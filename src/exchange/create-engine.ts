import { UsageError } from '../errors.ts';
import { openAccount } from './accounts.ts';
import { expireDue, runDelayed } from './due.ts';
import type { EngineEvent, ExchangeEngine } from './engine.ts';
import { merge, redeem, resolveMarket } from './markets.ts';
import type { EngineOptions } from './options.ts';
import { cancelOrder, submitOrder } from './orders.ts';
import { attachStore, type Persistence } from './persist.ts';
import { createScenario } from './scenario/create.ts';
import { QUANTUM_MS, type Scenario } from './scenario/scenario.ts';
import { appendActivity, settleDue } from './settlement.ts';
import { bookEvents, viewsOn } from './views.ts';
import { createWorld, type World } from './world.ts';

export { leadersOf, SCENARIO_NAMES } from './scenario/create.ts';

/** How many quanta may pass between two writes of one long advance. */
const QUANTA_PER_WRITE = 40;

/** Builds the engine on its scenario and, with a store, goes on from where the store ended. */
export function createEngine(options: EngineOptions): ExchangeEngine {
  if (!Number.isSafeInteger(options.startMs) || !Number.isSafeInteger(options.seed)) {
    throw new UsageError(
      `exchange: start ${options.startMs} and seed ${options.seed} must be whole`,
    );
  }
  const world = createWorld(options.startMs, options.seed, options.settlement ?? {});
  const scenario = createScenario(options.scenario, options.seed);
  const persistence = attachStore(world, options.store, {
    scenario: options.scenario,
    saveScenario: scenario.save,
  });
  if (persistence.scenarioState) scenario.restore(persistence.scenarioState);
  else if (persistence.resumed) closeForeignMarkets(world);
  const outbox = createOutbox(world, persistence);
  world.nowMs = Math.floor(world.nowMs / QUANTUM_MS) * QUANTUM_MS;
  quantum(world, scenario);
  outbox.flush();
  return engineOn(world, scenario, outbox, () => options.store?.close());
}

/** Another scenario or seed ran on this store: its markets end at what they were worth. */
function closeForeignMarkets(world: World): void {
  for (const state of world.markets.values()) {
    if (state.market.closed) continue;
    resolveMarket(world, state, (state.book.lastTradeMicro ?? 0) >= 500_000 ? 0 : 1);
  }
}

function quantum(world: World, scenario: Scenario): void {
  settleDue(world);
  runDelayed(world);
  expireDue(world);
  scenario.step(world);
}

interface Outbox {
  listeners: Set<(event: EngineEvent) => void>;
  flush(): void;
}

/** Nobody hears of anything before it is durable. */
function createOutbox(world: World, persistence: Persistence): Outbox {
  const listeners = new Set<(event: EngineEvent) => void>();
  const queue: EngineEvent[] = [];
  let telling = false;
  /** A listener that calls the engine causes events of its own: they wait for their turn. */
  const tell = () => {
    if (telling) return;
    telling = true;
    try {
      for (let event = queue.shift(); event; event = queue.shift()) {
        for (const listener of listeners) listener(event);
      }
    } finally {
      telling = false;
    }
  };
  return {
    listeners,
    flush() {
      persistence.save();
      queue.push(...world.events, ...bookEvents(world));
      world.events = [];
      tell();
    },
  };
}

function engineOn(
  world: World,
  scenario: Scenario,
  outbox: Outbox,
  closeStore: () => void,
): ExchangeEngine {
  let quantumMs = world.nowMs;
  const flushed = <T>(result: T): T => {
    outbox.flush();
    return result;
  };
  return {
    ...viewsOn(world),
    faults: world.faults,
    leaders: () => scenario.leaders,
    openAccount(wallet, cash) {
      openAccount(world, wallet, cash, true);
      outbox.flush();
    },
    submit: (order) => flushed(submitOrder(world, order)),
    cancel: (orderId, owner) => flushed(cancelOrder(world, orderId, owner)),
    redeem: (wallet, conditionId) => flushed(redeem(world, wallet, conditionId)),
    merge: (wallet, conditionId, size) => flushed(merge(world, wallet, conditionId, size)),
    record: (row) => flushed(appendActivity(world, row)),
    resolve(conditionId, outcome) {
      const state = world.markets.get(conditionId);
      if (!state || state.market.closed) return false;
      resolveMarket(world, state, outcome);
      return flushed(true);
    },
    on(listener) {
      outbox.listeners.add(listener);
      world.listening = true;
      return () => {
        outbox.listeners.delete(listener);
        world.listening = outbox.listeners.size > 0;
      };
    },
    advance(nowMs) {
      let steps = 0;
      while (quantumMs + QUANTUM_MS <= nowMs) {
        quantumMs += QUANTUM_MS;
        world.nowMs = quantumMs;
        quantum(world, scenario);
        if (++steps % QUANTA_PER_WRITE === 0) outbox.flush();
      }
      world.nowMs = Math.max(world.nowMs, nowMs);
      outbox.flush();
    },
    close() {
      outbox.flush();
      closeStore();
    },
  };
}
