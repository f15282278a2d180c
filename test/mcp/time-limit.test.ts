import { expect, test } from 'vitest';
import { z } from 'zod';
import { type CallRecord, callTool } from '../../src/mcp/call-tool.ts';
import { READ_ONLY, type ServerDefinition } from '../../src/mcp/definition.ts';
import { shape } from '../../src/mcp/shape.ts';
import { limitTime } from '../../src/mcp/time-limit.ts';

test('the signal follows the outer one, until it is released', () => {
  const outer = new AbortController();
  const released = limitTime(outer.signal, 60_000);
  const kept = limitTime(outer.signal, 60_000);
  released.release();
  outer.abort(new Error('gone'));
  expect(released.signal.aborted).toBe(false);
  expect(kept.signal.reason).toEqual(new Error('gone'));
  expect(kept.isUp()).toBe(false);
  kept.release();
  expect(limitTime(outer.signal, 60_000).signal.aborted).toBe(true);
});

/** A tool that takes no notice of its signal. */
const deaf: ServerDefinition = {
  name: 'demo',
  title: 'Demo',
  version: '1',
  instructions: 'For tests.',
  tools: [
    {
      name: 'deaf',
      title: 'Deaf',
      description: 'Never ends.',
      hints: READ_ONLY,
      input: shape(z.strictObject({}), 'input'),
      output: shape(z.strictObject({}), 'output'),
      timeoutMs: 30,
      run: () => new Promise(() => undefined),
      render: () => 'never',
    },
  ],
  resources: [],
  templates: [],
  prompts: [],
  onChange: () => () => undefined,
};

test.each([
  ['timeout', new AbortController().signal, 'not finished within 0.03 s'],
  ['cancelled', AbortSignal.abort(), 'cancelled by the client'],
] as const)('a deaf tool does not hold its client: %s', async (result, signal, words) => {
  const records: CallRecord[] = [];
  const context = { signal, progress: () => undefined, log: () => undefined };
  const answer = await callTool(deaf, 'deaf', {}, context, {
    gate: () => undefined,
    record: (call) => records.push(call),
    redact: (text) => text,
  });
  expect(answer).toMatchObject({ ok: false, text: expect.stringContaining(words) });
  expect(records).toMatchObject([{ tool: 'deaf', result }]);
});
