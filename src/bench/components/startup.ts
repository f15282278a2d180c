import { openStand } from '../impact/stand.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import { runOnce } from '../run-once.ts';
import type { Component } from './component.ts';

const GOALS: Readonly<Record<string, number>> = { '--version': 1.5, '--help': 1.5, status: 2.2 };

/** How long the command line takes to answer, beside a Node that does nothing. */
export const benchStartup: Component = async (options) => {
  const { self, dataDir } = options;
  const { command, args } = self;
  const bare = program('node -e 0', command, ['-e', '0']);
  const stand = await openStand({ self, dataDir, onEvent: () => {} });
  try {
    const ours = ['--version', '--help', 'status'].map((word) => {
      const flags = word === 'status' ? ['--json', '--data-dir', dataDir] : [];
      const name = `pmcp ${[word, ...flags.slice(0, 1)].join(' ')}`;
      return { ...program(name, command, [...args, word, ...flags]), goal: GOALS[word] ?? null };
    });
    // A batch is one start: more would only hide its spread.
    const each = { ...options, batchMs: 0, clock: 'wall' as const };
    const timings = await measureInTurns([bare, ...ours], each);
    return {
      rows: ours.map(({ name, goal }) =>
        compareTimings(timings, { what: name, ours: name, peer: bare.name, goal }, options),
      ),
      goals: [],
      absent: [],
      notes: [
        'the bundle itself; the launcher in front of it is a shell script',
        'status: of a bot that runs beside it',
      ],
    };
  } finally {
    await stand.close();
  }
};

function program(name: string, command: string, args: readonly string[]): Subject {
  return {
    name,
    async run(times) {
      for (let i = 0; i < times; i += 1) await runOnce(command, args);
    },
  };
}
