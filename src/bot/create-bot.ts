import type { Clock } from '../clock.ts';
import { createCompleteness } from '../core/completeness.ts';
import type { Policy } from '../core/decision.ts';
import type { BotEvent, BotStatus } from '../core/status.ts';
import { reasonOf } from '../errors.ts';
import type { BreakerStore } from '../state/breaker-store.ts';
import type { Journal } from '../state/journal.ts';
import type { Venue, VenueHandlers } from '../venue/port.ts';
import { type Agreement, createAgreement } from './agreement.ts';
import { beginLedger, loadLedger, openBooks } from './books.ts';
import { type BreakerDesk, createBreakerDesk } from './breaker-desk.ts';
import { createCopier } from './copy.ts';
import { createDetector, type Detector } from './detect.ts';
import { createDiscovery } from './discovery.ts';
import { createExits, type Exits } from './exits.ts';
import { createFollowed } from './follow.ts';
import { createGatherer } from './gather.ts';
import { createGuard } from './guard.ts';
import { createHoldings } from './holdings.ts';
import { createLoop } from './loop.ts';
import { createOpenOrders, loadOpenOrders } from './open-orders.ts';
import { createOwedSells } from './owed-sells.ts';
import { type BotSettings, PATIENCE, type Parts, type Patience } from './parts.ts';
import { createPause, type Pause } from './pause.ts';
import { createPlacement } from './place.ts';
import { createResolution, type Resolution } from './resolution.ts';
import { createSettlement, type Settlement } from './settle.ts';
import { createStats } from './stats.ts';
import { createStatusSource } from './status.ts';
import { createInquiry } from './unknown.ts';

export interface BotOptions {
  clock: Clock;
  venue: Venue;
  journal: Journal;
  breaker: BreakerStore;
  settings: BotSettings;
  policy: Policy;
  emit(event: BotEvent): void;
  publish?(status: BotStatus): void;
  /** A cycle of the loop was completed; the next is due within `nextMs` (real). */
  onCycle?(nextMs: number): void;
  patience?: Patience;
}

export interface Bot {
  readonly parts: Parts;
  readonly agreement: Agreement;
  readonly desk: BreakerDesk;
  readonly exits: Exits;
  readonly resolution: Resolution;
  /** Entries wait for a switch of releases. */
  readonly pause: Pause;
  /** Reads one leader's holdings now. */
  readHoldings(): Promise<void>;
  status(): BotStatus;
  /** Takes another policy: wallets or market lists have changed. */
  setPolicy(policy: Policy): void;
  /** Stops entries and timers, waits for answers in flight, and makes everything durable. */
  stop(): Promise<void>;
}

/** How long a stop waits for posts in flight; the next start settles what is still open. */
const DRAIN_MS = 2000;

/** Builds the bot on its venue and journal, connects it, and lets it run. */
export async function startBot(options: BotOptions): Promise<Bot> {
  const { clock, venue, journal, breaker, settings, emit } = options;
  let policy = options.policy;
  const ledger = loadLedger(journal) ?? beginLedger(journal, await venue.cash());
  const books = openBooks(journal, ledger);
  const guard = createGuard();
  const notice: Parts['notice'] = (level, message) => emit({ kind: 'notice', level, message });
  const shared = { clock, venue, books, guard, emit, notice };
  const desk = createBreakerDesk({ ...shared, store: breaker, limits: settings.limits });
  const orders = createOpenOrders();
  const parts: Parts = {
    ...shared,
    journal,
    desk,
    orders,
    stats: createStats(),
    settings,
    patience: options.patience ?? PATIENCE,
    policy: () => policy,
  };
  loadOpenOrders(orders, journal);

  const owedSells = createOwedSells(journal);
  const holdings = createHoldings();
  const completeness = createCompleteness();
  const settlement = createSettlement(parts, owedSells);
  const placement = createPlacement(parts, settlement);
  const inquiry = createInquiry(parts, settlement, placement);
  const copier = createCopier(parts, placement, holdings);
  const gatherer = createGatherer(parts, copier);
  const followed = createFollowed(parts, holdings);
  const detector = createDetector(parts, copier, gatherer, followed, completeness);
  const resolution = createResolution(parts);
  const exits = createExits(parts, placement, owedSells);
  const agreement = createAgreement(parts, inquiry);
  const discovery = createDiscovery(parts, followed);
  const pause = createPause({
    parts,
    inFlight: placement.inFlight,
    waitingFills: gatherer.waiting,
    agreedAtMs: agreement.agreedAtMs,
  });
  const source = createStatusSource(parts, breaker, completeness);

  await learnOpenTokens(parts);
  await venue.start(venueHandlers(parts, detector, settlement, resolution));
  completeness.since(clock.now());
  followed.follow(walletsOf(policy));
  const loop = createLoop({
    parts,
    agreement,
    detector,
    discovery,
    exits,
    followed,
    gatherer,
    inquiry,
    resolution,
    settlement,
    publish: () => options.publish?.(source.build()),
    cycleDone: (nextMs) => options.onCycle?.(nextMs),
  });

  return {
    parts,
    agreement,
    desk,
    exits,
    resolution,
    pause,
    readHoldings: followed.readHoldings,
    status: source.build,
    setPolicy(next) {
      policy = next;
      followed.follow(walletsOf(next));
    },
    async stop() {
      guard.block('starting', 'stopping');
      pause.close();
      gatherer.stop();
      loop.stop();
      await placement.drained(DRAIN_MS);
      loop.flush();
      await venue.close();
      source.close();
      journal.checkpointLedger(ledger.serialise());
      journal.close();
    },
  };
}

/** What goes wrong with one row or frame is told, and stops nothing else. */
function venueHandlers(
  parts: Parts,
  detector: Detector,
  settlement: Settlement,
  resolution: Resolution,
): VenueHandlers {
  const { notice, orders } = parts;
  const safely =
    <Args extends unknown[]>(handle: (...args: Args) => void) =>
    (...args: Args) => {
      try {
        handle(...args);
      } catch (error) {
        notice('error', `news of the venue could not be taken: ${reasonOf(error)}`);
      }
    };
  return {
    onRow: safely(detector.onRow),
    onPage: safely(detector.onPage),
    onQuarantine: ({ reason, source }) =>
      notice('warning', `a row of ${source} was set aside: ${reason}`),
    onTrade: safely(settlement.onTrade),
    onOrder: ({ orderId }) => {
      // Hints only: what an order did is read by its hash, where nothing is left out.
      const order = orders.get(orderId);
      if (order) order.lookTick = 0;
    },
    onMarket: safely(resolution.onMarket),
  };
}

function walletsOf(policy: Policy): ReadonlySet<string> {
  return new Set(policy.wallets.keys());
}

/** Fees and marks need the markets of everything that the last run left open. */
async function learnOpenTokens({ books, orders, venue, patience }: Parts): Promise<void> {
  const tokens = new Set(books.ledger.positions().map(({ tokenId }) => tokenId));
  for (const { row } of orders.all()) tokens.add(row.tokenId);
  for (const { trade } of orders.trades.values()) tokens.add(trade.tokenId);
  const learn = (tokenId: string) => venue.gather(tokenId, patience.gatherMs).catch(() => {});
  await Promise.all([...tokens].map(learn));
}
