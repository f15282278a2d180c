import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../../state/journal.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import { decisionOf, orderOf } from '../samples.ts';
import type { Component } from './component.ts';

/** A durable intent (decision, order with its signed bytes, event) beside one bare flush. */
export const benchJournal: Component = async (options) => {
  const journal = openJournal(join(options.dataDir, 'journal.db'));
  const file = openSync(join(options.dataDir, 'bare.log'), 'a', 0o600);
  let n = 0;
  const line = Buffer.from(`${JSON.stringify([decisionOf(1), orderOf(1)])}\n`);
  const subjects: Subject[] = [
    {
      name: 'durable intent',
      run(times) {
        for (let i = 0; i < times; i += 1) {
          n += 1;
          const order = orderOf(n);
          journal.write((tx) => {
            tx.decision(decisionOf(n));
            tx.order(order);
            tx.orderEvent({ orderId: order.orderId, atMs: n, kind: 'signed', detail: '' });
          });
        }
      },
    },
    {
      name: 'append and fdatasync',
      run(times) {
        for (let i = 0; i < times; i += 1) {
          writeSync(file, line);
          fdatasyncSync(file);
        }
      },
    },
  ];
  try {
    const timings = await measureInTurns(subjects, { ...options, clock: 'wall' });
    const row = compareTimings(
      timings,
      {
        what: 'durable intent',
        ours: 'durable intent',
        peer: 'append and fdatasync',
        goal: 2.5,
      },
      options,
    );
    return { rows: [row], goals: [], absent: [], notes: [`${line.length} bytes a record`] };
  } finally {
    journal.close();
    closeSync(file);
  }
};
