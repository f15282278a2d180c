import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFeedRow } from '../../venue/feed-row.ts';
import { createFrameFilter } from '../../venue/frame-filter.ts';
import { medianGoal, timeGoal } from '../goals.ts';
import { replayText } from '../recording.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import { runOnce } from '../run-once.ts';
import { feedFrame, walletOf } from '../samples.ts';
import type { Component, ComponentOptions } from './component.ts';

const FEW = 25;
const FOLLOWED = 1000;
const MANY = 100_000;
/** One replay takes seconds: more of them would say no more. */
const REPLAYS = 7;
const MOST_ROWS = 200_000;
const ROWS_PER_ROUND = 20_000;

/** A row of the feed: of a wallet nobody follows, one that is parsed, and one that is decided on. */
export const benchFeed: Component = async (options) => {
  const frames = Array.from({ length: 256 }, (_, n) => feedFrame(walletOf(n + 1_000_000), n));
  const rows = frames.map((frame) => JSON.parse(frame).payload);
  let sink = 0;
  const each = <T>(name: string, items: readonly T[], work: (item: T) => unknown): Subject => ({
    name,
    run(times) {
      for (let i = 0; i < times; i += 1) if (work(items[i & 255] as T)) sink += 1;
    },
  });
  const followed = (count: number) =>
    createFrameFilter(new Set(Array.from({ length: count }, (_, n) => walletOf(n))));
  const [few, many] = [FEW, MANY].map((count) =>
    each(`${count} wallets followed`, frames, followed(count)),
  ) as [Subject, Subject];
  const timings = await measureInTurns(
    [
      each('row of nobody followed', frames, followed(FOLLOWED)),
      each('JSON.parse of it', frames, (frame) => JSON.parse(frame)),
      each('row parsed and checked', rows, (row) => parseFeedRow(row, 'replay', 0)),
      few,
      many,
    ],
    { ...options, clock: 'cpu' },
  );
  const peer = 'JSON.parse of it';
  const ours = ['row of nobody followed', 'row parsed and checked'];
  const unfollowed = { what: 'row of nobody followed', subject: 'row of nobody followed' };
  const toUs = { unit: 'us', nanoseconds: 1000 };
  return {
    rows: [
      ...ours.map((name) =>
        compareTimings(timings, { what: name, ours: name, peer, goal: null }, options),
      ),
      compareTimings(
        timings,
        { what: `the same, ${many.name}`, ours: many.name, peer: few.name, goal: 1.2 },
        options,
      ),
    ],
    goals: [
      timeGoal(timings, { ...unfollowed, ...toUs, most: 10 }, options),
      await replayGoal(options),
    ],
    absent: [],
    notes: [`${FOLLOWED} wallets followed, ${sink} rows read`],
  };
};

/** The whole program on a recording: reads, parses, identifies, decides, books. */
async function replayGoal(options: ComponentOptions) {
  const path = join(options.dataDir, 'recorded.ndjson');
  const rows = Math.min(MOST_ROWS, ROWS_PER_ROUND * options.rounds);
  writeFileSync(path, replayText(rows));
  const times: number[] = [];
  for (let round = 0; round < Math.min(REPLAYS, options.rounds); round += 1) {
    options.signal.throwIfAborted();
    const { command, args } = options.self;
    const answer = JSON.parse(await runOnce(command, [...args, 'replay', path, '--json']));
    times.push((1e6 * answer.seconds) / answer.rows);
  }
  const what = `\`pmcp replay\`, each of ${rows} rows (10 us: 100,000 rows/s)`;
  return medianGoal({ what, unit: 'us', most: 10 }, times, options);
}
