import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditEvent, appendAudit, parseAudit, readAudit } from '../../src/deploy/audit.ts';
import { markFile, markStep, parseMark } from '../../src/deploy/marks.ts';
import { createGround } from './ground.ts';

const event = (n: number): AuditEvent => ({
  at: new Date(Date.UTC(2026, 8, 1) + n * 1000).toISOString(),
  event: 'deployed',
  by: 'ann',
  release: `r${n}`,
  detail: 'one\nline, "quoted"',
});

test('every event is one line, also when many are appended at once', async () => {
  const { host, layout } = createGround();
  expect(await readAudit(host, layout)).toEqual({ events: [], unreadable: 0 });
  await Promise.all([1, 2, 3, 4].map((n) => appendAudit(host, layout, event(n))));
  const { events, unreadable } = await readAudit(host, layout);
  expect(unreadable).toBe(0);
  expect(events.map(({ release }) => release).sort()).toEqual(['r1', 'r2', 'r3', 'r4']);
  expect((await readAudit(host, layout, 2)).events).toHaveLength(2);
});

test('a line that a crash tore costs itself only', async () => {
  const { host, layout } = createGround();
  await appendAudit(host, layout, event(1));
  await appendAudit(host, layout, event(2));
  const size = readFileSync(layout.audit).length;
  truncateSync(layout.audit, size - 20);
  expect(await readAudit(host, layout)).toEqual({ events: [event(1)], unreadable: 1 });
  await appendAudit(host, layout, event(3));
  appendFileSync(
    layout.audit,
    '{"at":"never","event":"deployed","by":"x"}\nnull\n{"event":"else"}\n',
  );
  expect(await readAudit(host, layout)).toEqual({ events: [event(1), event(3)], unreadable: 4 });
});

test('cut anywhere, the log gives back every whole line before the cut', () => {
  const lines = [1, 2, 3].map((n) => `${JSON.stringify(event(n))}\n`);
  const text = lines.join('');
  fc.assert(
    fc.property(fc.nat(text.length), (cut) => {
      const { events } = parseAudit(text.slice(0, cut));
      let whole = 0;
      for (let end = 0; whole < lines.length; whole += 1) {
        end += (lines[whole]?.length ?? 0) - 1;
        if (end > cut) break;
        end += 1;
      }
      expect(events).toHaveLength(whole);
    }),
  );
});

test('a mark is a file of its own, replaced whole, and believed only of its own release', async () => {
  const { host, layout } = createGround();
  const write = async (mark: 'good' | 'bad') => {
    const step = markStep(layout, { release: 'r1', mark, at: 'now', by: 'ann', why: 'it is' });
    const { code } = await host.run(step.argv, { input: step.input ?? '' });
    expect(code).toBe(0);
    return parseMark(readFileSync(markFile(layout, 'r1'), 'utf8'), 'r1');
  };
  expect(await write('good')).toEqual({
    release: 'r1',
    mark: 'good',
    at: 'now',
    by: 'ann',
    why: 'it is',
  });
  expect((await write('bad'))?.mark).toBe('bad');
  expect(existsSync(`${markFile(layout, 'r1')}.new`)).toBe(false);
  writeFileSync(markFile(layout, 'r1'), '{"release":"r1","mark":"bad"}');
  const text = readFileSync(markFile(layout, 'r1'), 'utf8');
  expect(parseMark(text, 'r1')).toEqual({ release: 'r1', mark: 'bad', at: '', by: '', why: '' });
  expect(parseMark(text, 'r2')).toBeUndefined();
  expect(parseMark(text.slice(0, 9), 'r1')).toBeUndefined();
  for (const id of ['../x', 'a/b', '', '-r', 'a b', '.']) {
    expect(() => markFile(layout, id)).toThrow('not the id of a release');
  }
});
