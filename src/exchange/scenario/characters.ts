/** How a leader decides; names are for people who choose whom to follow. */
export interface Character {
  label: string;
  style: string;
  /** Buys what rose (1), what fell (-1), or does not look (0). */
  trend: -1 | 0 | 1;
  /** Followers of trends stay out of a market that moved less than this lately. */
  notices: number;
  /** USD per clip. */
  clip: readonly [number, number];
  /** How long a position is held at least and at most, ms. */
  hold: readonly [number, number];
  /** Leaves early at this gain or loss of price. */
  target: number;
  stop: number;
  /** Part of the holding that one exit sells. */
  exitPart: number;
  /** Chance that an entry is a resting order. */
  resting: number;
  /** Chance that an entry adds to a position that is open. */
  scaling: number;
  /** Buys the outcome of a market that it holds less of, and waits for the resolution. */
  bothSides: boolean;
  /** Chance that it acts when it is its turn. */
  eagerness: number;
}

const BASE: Omit<Character, 'label' | 'style'> = {
  trend: 0,
  notices: 0,
  clip: [40, 200],
  hold: [45_000, 600_000],
  target: 0.06,
  stop: 0.05,
  exitPart: 1,
  resting: 0.15,
  scaling: 0.1,
  bothSides: false,
  eagerness: 1,
};

export const CHARACTERS: readonly Character[] = [
  {
    ...BASE,
    label: 'Tailwind',
    style: 'buys what rises, out within two minutes',
    trend: 1,
    notices: 0.025,
    hold: [40_000, 110_000],
    resting: 0,
  },
  {
    ...BASE,
    label: 'Undertow',
    style: 'buys what fell, with resting orders where there is room',
    trend: -1,
    resting: 0.35,
  },
  {
    ...BASE,
    label: 'Bothways',
    style: 'buys both outcomes of a market and waits for the payout',
    clip: [20, 90],
    bothSides: true,
    resting: 0.3,
  },
  {
    ...BASE,
    label: 'Staircase',
    style: 'scales in by clips and out by thirds',
    clip: [30, 80],
    exitPart: 0.34,
    scaling: 0.6,
    hold: [60_000, 300_000],
  },
  {
    ...BASE,
    label: 'Latecomer',
    style: 'chases what ran, sells in fright: loses',
    trend: 1,
    hold: [15_000, 60_000],
    target: 0.2,
    stop: 0.01,
    resting: 0,
  },
  {
    ...BASE,
    label: 'Deepwater',
    style: 'trades seldom and large',
    clip: [300, 900],
    hold: [120_000, 1_200_000],
    target: 0.1,
    stop: 0.1,
    eagerness: 0.15,
  },
];
