/** The review of a week: a document, the proposals in it, and the patch that would apply them. */
import type { ReviewDocument, Section } from './document.ts';
import { text } from './document.ts';
import { type EnvDiff, envDiff, type ReadLines } from './env-diff.ts';
import type { ReviewInput } from './facts.ts';
import { alertsSection, checksSection, tripsSection } from './findings.ts';
import { benchSection, performanceSection } from './performance.ts';
import type { Advice, Proposal } from './proposal.ts';
import { propose } from './proposals.ts';
import { monitoringSection } from './summary.ts';
import { type Coverage, coverageOf, iso } from './week.ts';

export interface Review {
  week: number;
  from: string;
  to: string;
  release: string;
  hoursSeen: number;
  hoursOf: number;
  partial: string | null;
  proposals: Proposal[];
  advice: Advice[];
  patch: string;
  byHand: string[];
}

export interface Written {
  review: Review;
  document: ReviewDocument;
}

/** Throws InconclusiveError when there is not enough to say anything. */
export function reviewWeek(input: ReviewInput, newFile: string, readLines: ReadLines): Written {
  const coverage = coverageOf(input.samples, input.week, input.nowMs);
  const { proposals, advice } = propose(input);
  const diff = envDiff(proposals, input.settings, newFile, readLines);
  const { number, fromMs, toMs } = input.week;
  const review: Review = {
    week: number,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    release: input.release.words,
    hoursSeen: coverage.hours,
    hoursOf: coverage.of,
    partial: coverage.partial ?? null,
    proposals,
    advice,
    ...diff,
  };
  const sections = [
    ...(number === 2 ? [performanceSection(input)] : []),
    ...(number >= 2 ? [proposalSection(review, diff)] : []),
    monitoringSection(input),
    checksSection(input),
    alertsSection(input),
    tripsSection(input),
    benchSection(input),
  ];
  return { review, document: { ...head(input, coverage), sections } };
}

function head(
  { environment, release, week, nowMs }: ReviewInput,
  { hours, of, partial }: Coverage,
): Omit<ReviewDocument, 'sections'> {
  return {
    title: `Review of week ${week.number}, ${environment}`,
    facts: [
      ['Week', `${iso(week.fromMs)} to ${iso(week.toMs)}`],
      ['Since', `${release.words}, at ${iso(release.atMs)}`],
      ['Seen', `${hours} of ${of} hours`],
      ['Written', `${iso(nowMs)}, by pmcp review`],
    ],
    partial,
  };
}

function proposalSection({ proposals, advice, byHand }: Review, { patch }: EnvDiff): Section {
  const none = 'The figures of this week speak for no change of the configuration.';
  const some =
    'Nothing has been changed. What is proposed below is for the operator to judge; none of it ' +
    'loosens a limit that guards money.';
  const rows = proposals.map(({ key, from, to, reason, evidence }) => [
    key,
    `${from} to ${to}`,
    reason,
    evidence,
  ]);
  return {
    title: 'Proposals',
    blocks: [
      text(proposals.length === 0 ? none : some),
      ...(rows.length > 0
        ? [{ kind: 'table' as const, head: ['Key', 'Change', 'Why', 'Evidence'], rows }]
        : []),
      ...(patch === '' ? [] : [{ kind: 'code' as const, text: patch }]),
      ...(byHand.length > 0 ? [{ kind: 'list' as const, items: byHand }] : []),
      ...(advice.length > 0
        ? [{ kind: 'list' as const, items: advice.map(({ topic, words }) => `${topic}: ${words}`) }]
        : []),
    ],
  };
}
