import { type BreakerState, permits } from '../../core/breaker.ts';
import { timeGoal } from '../goals.ts';
import { loadPeer } from '../peers.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import type { Component } from './component.ts';

const PEERS = ['cockatiel', 'opossum'] as const;

/** The breaker's check on the order path beside the breakers that others would have put there. */
export const benchCore: Component = async (options) => {
  const subjects: Subject[] = [bareCall(), checkAlone(), checkedCall()];
  const absent: string[] = [];
  const peers = { cockatiel: await cockatielCall(), opossum: await opossumCall() };
  for (const name of PEERS) {
    const subject = peers[name];
    if (subject) subjects.push(subject);
    else absent.push(`${name}: not installed (a development dependency)`);
  }
  const timings = await measureInTurns(subjects, { ...options, clock: 'cpu' });
  const present = PEERS.filter((name) => peers[name]);
  const goals = { cockatiel: 1 / 3, opossum: 1 / 10 };
  const rows = [
    compareTimings(
      timings,
      { what: 'breaker check', ours: 'check', peer: 'bare await', goal: null },
      options,
    ),
    ...present.map((peer) =>
      compareTimings(
        timings,
        { what: 'breaker check', ours: 'check', peer, bare: 'bare await', goal: goals[peer] },
        options,
      ),
    ),
    ...present.map((peer) =>
      compareTimings(
        timings,
        { what: 'checked call', ours: 'checked await', peer, goal: null },
        options,
      ),
    ),
  ];
  const goal = { what: 'breaker check', unit: 'ns', most: 50, subject: 'check', nanoseconds: 1 };
  return {
    rows,
    goals: [timeGoal(timings, goal, options)],
    absent,
    notes: [`"added": what the peer adds to a bare awaited call; ${sink} calls`],
  };
};

const STATES: readonly BreakerState[] = [
  { kind: 'armed' },
  { kind: 'armed', recovered: { atMs: 1, attempts: 0 } },
];
let sink = 0;
const action = async () => {
  sink += 1;
};

function bareCall(): Subject {
  return {
    name: 'bare await',
    async run(times) {
      for (let i = 0; i < times; i += 1) await action();
    },
  };
}

function checkAlone(): Subject {
  return {
    name: 'check',
    run(times) {
      for (let i = 0; i < times; i += 1) {
        if (permits(STATES[i & 1] as BreakerState, 'enter')) sink += 1;
      }
    },
  };
}

function checkedCall(): Subject {
  return {
    name: 'checked await',
    async run(times) {
      for (let i = 0; i < times; i += 1) {
        if (permits(STATES[i & 1] as BreakerState, 'enter')) await action();
      }
    },
  };
}

interface Executing {
  execute(work: () => Promise<void>): Promise<void>;
}

async function cockatielCall(): Promise<Subject | undefined> {
  const peer = await loadPeer('cockatiel');
  if (!peer) return undefined;
  const { circuitBreaker, handleAll, ConsecutiveBreaker } = peer as unknown as {
    circuitBreaker(policy: unknown, options: object): Executing;
    handleAll: unknown;
    ConsecutiveBreaker: new (failures: number) => unknown;
  };
  const breaker = new ConsecutiveBreaker(5);
  const policy = circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker });
  return {
    name: 'cockatiel',
    async run(times) {
      for (let i = 0; i < times; i += 1) await policy.execute(action);
    },
  };
}

async function opossumCall(): Promise<Subject | undefined> {
  const peer = await loadPeer('opossum');
  if (!peer) return undefined;
  const { default: Breaker } = peer as unknown as {
    default: new (work: () => Promise<void>, options: object) => Firing;
  };
  return {
    name: 'opossum',
    async run(times) {
      const breaker = new Breaker(action, { timeout: false });
      for (let i = 0; i < times; i += 1) await breaker.fire();
      breaker.shutdown();
    },
  };
}

interface Firing {
  fire(): Promise<void>;
  shutdown(): void;
}
