import { spawn } from 'node:child_process';
import { FailedError } from '../../errors.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import type { Component } from './component.ts';

/** How long the command line takes to answer, beside a Node that does nothing. */
export const benchStartup: Component = async (options) => {
  const { command, args } = options.self;
  const bare = program('node -e 0', command, ['-e', '0']);
  const ours = ['--version', '--help'].map((flag) =>
    program(`pmcp ${flag}`, command, [...args, flag]),
  );
  // A batch is one start: more would only hide its spread.
  const timings = await measureInTurns([bare, ...ours], { ...options, batchMs: 0, clock: 'wall' });
  return {
    rows: ours.map(({ name }) =>
      compareTimings(timings, { what: name, ours: name, peer: bare.name, goal: 1.5 }, options),
    ),
    absent: [],
    notes: ['the bundle itself; the launcher in front of it is a shell script'],
  };
};

function program(name: string, command: string, args: readonly string[]): Subject {
  return {
    name,
    async run(times) {
      for (let i = 0; i < times; i += 1) await once(name, command, args);
    },
  };
}

function once(name: string, command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new FailedError(`${name} ended with code ${code}`));
    });
  });
}
