import { parseFeedRow } from '../../venue/feed-row.ts';
import { createFrameFilter } from '../../venue/frame-filter.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import { feedFrame } from '../samples.ts';
import type { Component } from './component.ts';

const FOLLOWED = 1000;

/** A row of the feed: of a wallet nobody follows, and one that is parsed, beside JSON.parse. */
export const benchFeed: Component = async (options) => {
  const wallets = new Set(Array.from({ length: FOLLOWED }, (_, n) => walletOf(n)));
  const filter = createFrameFilter(wallets);
  const frames = Array.from({ length: 256 }, (_, n) => feedFrame(walletOf(n + 1_000_000), n));
  const rows = frames.map((frame) => JSON.parse(frame).payload);
  let sink = 0;
  const each = <T>(name: string, items: readonly T[], work: (item: T) => unknown): Subject => ({
    name,
    run(times) {
      for (let i = 0; i < times; i += 1) if (work(items[i & 255] as T)) sink += 1;
    },
  });
  const timings = await measureInTurns(
    [
      each('row of nobody followed', frames, filter),
      each('JSON.parse of it', frames, (frame) => JSON.parse(frame)),
      each('row parsed and checked', rows, (row) => parseFeedRow(row, 'replay', 0)),
    ],
    { ...options, clock: 'cpu' },
  );
  const peer = 'JSON.parse of it';
  const ours = ['row of nobody followed', 'row parsed and checked'];
  return {
    rows: ours.map((name) =>
      compareTimings(timings, { what: name, ours: name, peer, goal: null }, options),
    ),
    absent: [],
    notes: [`${FOLLOWED} wallets followed, ${sink} rows read`],
  };
};

export function walletOf(n: number): string {
  const mixed = Math.imul(n + 1, 2_654_435_761) >>> 0;
  return `0x${mixed.toString(16).padStart(8, '0')}${n.toString(16).padStart(32, '0')}`;
}
