/** What distinguishes the scenarios; the actors are the same in all of them. */
export interface Preset {
  name: string;
  /** How many markets are open at a time, by family of events (listings.ts). */
  slots: number;
  /** How long a market trades, exchange ms. */
  lifeMs: readonly [number, number];
  /** Deviation of the fair price per second, at 0.5. */
  volatility: number;
  /** Pull of the fair price to its anchor, fraction per second. */
  reversion: number;
  /** Runs in one direction: what the followers of trends live on. */
  trend: { perSecond: number; drift: number; lastsMs: number };
  jump: { perSecond: number; size: readonly [number, number]; pullQuotesMs: number };
  desk: { halfSpread: number; levels: number; shares: readonly [number, number] };
  /** A leader trades this often, all together, exchange ms. */
  leaderEveryMs: readonly [number, number];
  /** Trades of people nobody follows, per second. */
  crowdPerSecond: number;
  /** Fair price drift per second against what a leader just bought; 0 for none. */
  adversity: number;
}

const minutes = (count: number) => count * 60_000;
const NO_JUMP = { perSecond: 0, size: [0, 0], pullQuotesMs: 0 } as const;

const CALM: Preset = {
  name: 'calm',
  slots: 12,
  lifeMs: [minutes(40), minutes(120)],
  volatility: 0.0015,
  reversion: 0.01,
  trend: { perSecond: 1 / 300, drift: 0.0012, lastsMs: 90_000 },
  jump: NO_JUMP,
  desk: { halfSpread: 0.005, levels: 6, shares: [150, 700] },
  leaderEveryMs: [2_000, 6_000],
  crowdPerSecond: 0.3,
  adversity: 0,
};

export const PRESETS: readonly Preset[] = [
  CALM,
  {
    ...CALM,
    name: 'volatile',
    lifeMs: [minutes(12), minutes(45)],
    volatility: 0.006,
    jump: { perSecond: 1 / 300, size: [0.04, 0.12], pullQuotesMs: 0 },
    desk: { halfSpread: 0.007, levels: 6, shares: [80, 500] },
    crowdPerSecond: 0.6,
  },
  {
    ...CALM,
    name: 'thin-book',
    slots: 10,
    volatility: 0.003,
    desk: { halfSpread: 0.02, levels: 3, shares: [5, 25] },
    leaderEveryMs: [3_000, 8_000],
    crowdPerSecond: 0.1,
  },
  {
    ...CALM,
    name: 'gap',
    volatility: 0.002,
    jump: { perSecond: 1 / 120, size: [0.12, 0.35], pullQuotesMs: 3_000 },
    desk: { halfSpread: 0.006, levels: 5, shares: [60, 300] },
  },
  {
    ...CALM,
    name: 'resolution-day',
    slots: 14,
    lifeMs: [minutes(3), minutes(9)],
    volatility: 0.004,
    crowdPerSecond: 0.5,
  },
  {
    ...CALM,
    name: 'losing-streak',
    slots: 10,
    lifeMs: [minutes(8), minutes(16)],
    volatility: 0.001,
    trend: { perSecond: 0, drift: 0, lastsMs: 0 },
    adversity: 0.004,
    leaderEveryMs: [2_000, 4_000],
  },
];
