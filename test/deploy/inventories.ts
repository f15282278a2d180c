import fc from 'fast-check';
import type { AuditEvent } from '../../src/deploy/audit.ts';
import type { Inventory, Running } from '../../src/deploy/releases/inventory.ts';

export const SCHEMAS = { journal: 1, monitor: 1, breaker: 1 };

export function release(id: string, schemas = SCHEMAS): Inventory['releases'][number] {
  const manifest = { commit: '3c3c318f', dirty: false, builtAt: '', pmcpVersion: '1', schemas };
  return { id, manifest, manifestSha256: `sum of ${id}` };
}

export const service = (change: Partial<Running> = {}): Running => ({
  active: 'active',
  pid: 7,
  release: undefined,
  restarts: 0,
  ...change,
});

export function inventory(change: Partial<Inventory> = {}): Inventory {
  return {
    host: 'local',
    releases: [],
    current: undefined,
    currentBot: undefined,
    marks: [],
    audit: [],
    auditUnreadable: 0,
    mcp: service(),
    bot: service(),
    schemas: SCHEMAS,
    lock: undefined,
    revert: undefined,
    backups: [],
    ...change,
  };
}

export const marked = (release: string, mark: 'good' | 'bad') => ({
  release,
  mark,
  at: '',
  by: 'ann',
  why: 'a test',
});

export const event = (n: number, kind: AuditEvent['event'], release: string): AuditEvent => ({
  at: new Date(Date.UTC(2026, 8, 1) + n * 60_000).toISOString(),
  event: kind,
  by: 'ann',
  release,
});

const ids = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
const id = fc.constantFrom(...ids);

/** Any state that links, marks, audit and processes can be in, whoever made it so. */
export const anyInventory: fc.Arbitrary<Inventory> = fc
  .record({
    present: fc.subarray(ids),
    whole: fc.subarray(ids),
    old: fc.subarray(ids),
    good: fc.subarray(ids),
    bad: fc.subarray(ids),
    current: fc.option(id, { nil: undefined }),
    currentBot: fc.option(id, { nil: undefined }),
    mcp: fc.option(id, { nil: undefined }),
    bot: fc.option(id, { nil: undefined }),
    audit: fc.array(
      fc.tuple(fc.constantFrom<AuditEvent['event']>('switched', 'reverted', 'installed'), id),
    ),
    pending: fc.option(fc.tuple(id, id), { nil: undefined }),
  })
  .map((some) =>
    inventory({
      releases: some.present.map((one) => {
        const made = release(one, { ...SCHEMAS, journal: some.old.includes(one) ? 0 : 1 });
        return some.whole.includes(one) ? made : { ...made, manifest: undefined };
      }),
      marks: [
        ...some.bad.map((one) => marked(one, 'bad')),
        ...some.good.filter((one) => !some.bad.includes(one)).map((one) => marked(one, 'good')),
      ],
      current: some.current,
      currentBot: some.currentBot,
      mcp: service({ release: some.mcp }),
      bot: service({ release: some.bot }),
      audit: some.audit.map(([kind, one], n) => event(n, kind, one)),
      revert: some.pending && { release: some.pending[0], to: some.pending[1], acting: false },
    }),
  );
