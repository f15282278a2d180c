import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startFakeTelegram, TOKEN } from '../../fakes/telegram.ts';
import { apiOf, fakeTelegram, onEnd, openOutbox, temporaryFile } from './harness.ts';

const texts = (all: { text: string }[]) => all.map(({ text }) => text);

describe('messages arrive once and in order', () => {
  test('when all is well', async () => {
    const telegram = await fakeTelegram();
    const path = temporaryFile('a.db');
    const { add, results, outbox } = openOutbox({ url: telegram.url, path });
    await Promise.all(['one', 'two', 'three'].map(add));
    expect(texts(telegram.messages)).toEqual(['one', 'two', 'three']);
    expect(results).toEqual(['warning sent', 'warning sent', 'warning sent']);
    expect(outbox.state()).toEqual({ waiting: 0 });
  });

  test('through 429, which says how long to wait', async () => {
    const telegram = await fakeTelegram();
    telegram.fail('sendMessage', {
      status: 429,
      description: 'Too Many Requests',
      parameters: { retry_after: 1 },
    });
    const { add, outbox } = openOutbox({ url: telegram.url, path: temporaryFile('a.db') });
    const startedAtMs = Date.now();
    const sent = Promise.all([add('one'), add('two')]);
    await telegram.heard(/one/);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(990);
    await sent;
    expect(texts(telegram.messages)).toEqual(['one', 'two']);
    expect(outbox.state().lastFailure).toBeUndefined();
  });

  test.each([
    ['5xx of the API', { status: 500, description: 'Internal Server Error' }],
    ['a gateway’s page, which may hide an arrival', { page: 502 }],
  ])('through %s', async (_name, fault) => {
    const telegram = await fakeTelegram();
    telegram.fail('sendMessage', fault, 2);
    const { add } = openOutbox({ url: telegram.url, path: temporaryFile('a.db') });
    expect(await add('one')).toBe(true);
    expect(telegram.messages).toHaveLength(1);
    expect(telegram.messages[0]?.text.includes('may be a repeat')).toBe('page' in fault);
  });

  test.each(['hang', 'break'] as const)('a %s may repeat one, and says so', async (fault) => {
    const telegram = await fakeTelegram();
    telegram.fail('sendMessage', fault);
    const options = { url: telegram.url, path: temporaryFile('a.db'), timeoutMs: 100 };
    const { add } = openOutbox(options);
    expect(await add('one')).toBe(true);
    expect(texts(telegram.messages)).toEqual(['one', '(may be a repeat)\none']);
  });

  test('a slow answer is waited for', async () => {
    const telegram = await fakeTelegram();
    telegram.fail('sendMessage', { slowMs: 200 });
    const { add } = openOutbox({ url: telegram.url, path: temporaryFile('a.db') });
    await add('one');
    expect(texts(telegram.messages)).toEqual(['one']);
  });

  test('late, and marked so, when Telegram was away across a restart', async () => {
    const path = temporaryFile('a.db');
    let now = 1_700_000_000_000;
    const nowMs = () => now;
    const away = openOutbox({ url: 'http://127.0.0.1:1', path, nowMs });
    void away.add('one');
    void away.add('two');
    await expect.poll(() => away.outbox.state().lastFailure).toBe('ECONNREFUSED');
    away.close();
    now += 12 * 60_000;
    const telegram = await fakeTelegram();
    const { results } = openOutbox({ url: telegram.url, path, nowMs });
    await telegram.heard(/two/);
    await expect.poll(() => results).toEqual(['warning late', 'warning late']);
    expect(texts(telegram.messages)).toEqual([
      '(late by 12 min: it could not be sent before)\none',
      '(late by 12 min: it could not be sent before)\ntwo',
    ]);
  });

  test('kill -9 before the answer repeats one at worst, and loses none', async () => {
    const path = temporaryFile('a.db');
    const telegram = await fakeTelegram();
    telegram.fail('sendMessage', 'hang');
    const program = join(import.meta.dirname, 'delivery-process.ts');
    const child = spawn(process.execPath, [program, telegram.url, path], { stdio: 'ignore' });
    onEnd(() => child.kill('SIGKILL'));
    await telegram.heard(/first/);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    openOutbox({ url: telegram.url, path });
    await telegram.heard(/third/);
    expect(texts(telegram.messages)).toEqual([
      'first',
      '(may be a repeat)\nfirst',
      'second',
      'third',
    ]);
  });
});

describe('what only a person can mend', () => {
  test.each([
    [403, 'Forbidden: bot was blocked by the user', undefined, /unblock/],
    [400, 'Bad Request: chat not found', undefined, /set TELEGRAM_CHAT_ID/],
    [400, 'Bad Request: upgraded', { migrate_to_chat_id: -100777 }, /TELEGRAM_CHAT_ID=-100777/],
    [401, 'Unauthorized', undefined, /TELEGRAM_BOT_TOKEN/],
    [404, 'Not Found', undefined, /TELEGRAM_BOT_TOKEN/],
  ])(
    '%s %s stops the sending, and nothing is lost',
    async (status, description, parameters, remedy) => {
      const telegram = await fakeTelegram();
      const fault = { status, description, ...(parameters && { parameters }) };
      telegram.fail('sendMessage', fault, Number.POSITIVE_INFINITY);
      telegram.fail('getMe', fault, Number.POSITIVE_INFINITY);
      const { add, outbox, channel } = openOutbox({
        url: telegram.url,
        path: temporaryFile('a.db'),
      });
      const sent = add('one');
      await expect.poll(() => outbox.state().blocked?.remedy).toMatch(remedy);
      expect((await channel.probe()).remedy).toMatch(remedy);
      const { length } = telegram.calls;
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(telegram.calls).toHaveLength(length);
      telegram.heal();
      outbox.nudge();
      expect(await sent).toBe(true);
      expect(outbox.state().blocked).toBeUndefined();
    },
  );

  test('one bad message does not hold up the others', async () => {
    const telegram = await fakeTelegram();
    telegram.fail('sendMessage', { status: 400, description: 'Bad Request: message is too long' });
    const { add, results } = openOutbox({ url: telegram.url, path: temporaryFile('a.db') });
    expect(await Promise.all([add('one'), add('two')])).toEqual([false, true]);
    expect(results).toEqual(['warning failed', 'warning sent']);
  });
});

test('the probe tells a lost chat from a lost network', async () => {
  const telegram = await startFakeTelegram();
  const { channel } = openOutbox({ url: telegram.url, path: temporaryFile('a.db') });
  expect(await channel.probe()).toMatchObject({ ok: true });
  telegram.fail('getChat', { status: 400, description: 'Bad Request: chat not found' });
  expect(await channel.probe()).toMatchObject({ ok: false, remedy: expect.any(String) });
  telegram.fail('getChat', { status: 500, description: 'oh' });
  expect(await channel.probe()).toMatchObject({ ok: true });
  telegram.fail('getMe', { status: 500, description: 'oh' });
  expect(await channel.probe()).toEqual({ ok: false, reason: '500 oh' });
  await telegram.close();
  expect(await channel.probe()).toEqual({ ok: false, reason: 'ECONNREFUSED' });
});

test('no answer of the API client holds the token, nor does the client itself', async () => {
  const telegram = await fakeTelegram();
  const { signal } = new AbortController();
  const answers: unknown[] = [];
  for (const url of [
    telegram.url,
    `${telegram.url}/`,
    'http://127.0.0.1:1',
    'https://127.0.0.1:1',
  ]) {
    telegram.fail('getMe', { page: 500 });
    answers.push(await apiOf(url).call('getMe', {}, { timeoutMs: 500, signal }));
  }
  const gone = AbortSignal.abort();
  answers.push(await apiOf(telegram.url).call('getMe', {}, { timeoutMs: 500, signal: gone }));
  expect(answers.at(-1)).toEqual({ kind: 'failed', reason: 'stopped', sent: false });
  const said = inspect([answers, apiOf(telegram.url)], { depth: 9, showHidden: true });
  expect(said + JSON.stringify(answers)).not.toContain(TOKEN.slice(10));
});

test('when the database refuses writes, alerts are sent from memory', async () => {
  const telegram = await fakeTelegram();
  const path = temporaryFile('a.db');
  const { add, book } = openOutbox({ url: telegram.url, path });
  const vandal = new DatabaseSync(path);
  vandal.exec('DROP TABLE alert_message_v1');
  vandal.close();
  expect(await add('one')).toBe(true);
  expect(book.problem()).toContain('alert_message_v1');
  expect(texts(telegram.messages)).toEqual(['one']);
  expect(book.list({ active: true, limit: 5, offset: 0 })).toEqual({ alerts: [], total: 0 });
});
