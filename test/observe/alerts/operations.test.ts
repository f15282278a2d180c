import { statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TrackedAlert } from '../../../src/core/alerts/engine.ts';
import { RefusedError, UsageError } from '../../../src/errors.ts';
import { createControlServer } from '../../../src/host/control-server.ts';
import {
  askApproval,
  readApprovals,
  removeApproval,
} from '../../../src/observe/alerts/approvals.ts';
import { createBook } from '../../../src/observe/alerts/book.ts';
import { alertSystem } from '../../../src/observe/alerts/evidence.ts';
import { operateAlerts } from '../../../src/observe/alerts/operate.ts';
import { openAlertStore } from '../../../src/observe/alerts/store.ts';
import { createHistory } from '../../../src/observe/history/history.ts';
import { pathsOf } from '../../../src/state/paths.ts';
import { onEnd, temporaryFile } from './harness.ts';

const alert: TrackedAlert = {
  ...{ id: 'a1', key: 'bot.down', severity: 'critical', title: 'Down', detail: 'gone' },
  ...{ raisedAtMs: 1, resolvedAtMs: null, acknowledged: null, told: null },
  ...{ escalatedAtMs: null, untold: 0 },
};

describe('without an mcp process', () => {
  const run = (dataDir: string, verb: string, args: object = {}) =>
    operateAlerts({ dataDir, verb, args: { ...args }, nowMs: 1000 });
  const list = { active: true, limit: 10 };

  test('a list makes no file', async () => {
    const dataDir = dirname(temporaryFile('x'));
    expect(await run(dataDir, 'alerts.list', list)).toEqual({
      via: 'store',
      data: { alerts: [], total: 0 },
    });
    expect(() => statSync(pathsOf(dataDir).monitor)).toThrow('ENOENT');
  });

  test('alerts are acknowledged and silences kept in the database', async () => {
    const dataDir = dirname(temporaryFile('x'));
    const silence = { glob: 'mcp.*', spanMs: 5000, by: 'ann', reason: 'deploy' };
    const made = await run(dataDir, 'alerts.silence', silence);
    const book = createBook(openAlertStore(pathsOf(dataDir).monitor), () => 1000);
    expect(book.silences()).toMatchObject([{ glob: 'mcp.*', fromMs: 1000, untilMs: 6000 }]);
    book.putAlerts([alert, { ...alert, id: 'a0', raisedAtMs: 0, resolvedAtMs: 1 }]);
    expect(book.alerts().get('bot.down')?.id).toBe('a1');
    book.close();
    const acked = await run(dataDir, 'alerts.ack', { id: 'a1', by: 'ann', falsePositive: true });
    expect(acked.data).toMatchObject({ alert: { acknowledged: { falsePositive: true } } });
    expect((await run(dataDir, 'alerts.list', list)).data).toMatchObject({ total: 1 });
    const all = await run(dataDir, 'alerts.list', { active: false, limit: 10 });
    expect(all.data).toMatchObject({ alerts: [{ id: 'a1' }, { id: 'a0' }], total: 2 });
    const { id } = (made.data as { silence: { id: string } }).silence;
    await run(dataDir, 'alerts.unsilence', { id });
    expect((await run(dataDir, 'alerts.silences')).data).toEqual({ silences: [] });
  });

  test('maintenance: one at a time, a mark on the charts, and an end', async () => {
    const dataDir = dirname(temporaryFile('x'));
    const status = async () => (await run(dataDir, 'maintenance.status')).data;
    expect(await status()).toEqual({ maintenance: null });
    expect(() => statSync(pathsOf(dataDir).monitor)).toThrow('ENOENT');
    const deploy = { kind: 'deploy', spanMs: 5000, by: 'ann', reason: 'release 7' };
    await run(dataDir, 'maintenance.begin', deploy);
    const rollback = { ...deploy, kind: 'rollback', spanMs: 9000, reason: 'release 6' };
    await run(dataDir, 'maintenance.begin', rollback);
    expect(await status()).toMatchObject({
      maintenance: { maintenance: 'rollback', by: 'ann', reason: 'release 6', untilMs: 10_000 },
    });
    await run(dataDir, 'maintenance.begin', { ...deploy, kind: 'work' });
    await run(dataDir, 'history.mark', { kind: 'bench', detail: 'impact: PASS' });
    const ended = await run(dataDir, 'maintenance.end', { by: 'ben' });
    expect(ended.data).toMatchObject({ maintenance: null, ended: { maintenance: 'work' } });
    const again = await run(dataDir, 'maintenance.end', { by: 'ben' });
    expect(again.data).toEqual({ maintenance: null, ended: null });
    const history = createHistory({ path: pathsOf(dataDir).monitor, nowMs: () => 1000 });
    expect(history.marks(0, 2000)).toEqual([
      { atMs: 1000, kind: 'rollback', detail: 'release 6 (by ann)' },
      { atMs: 1000, kind: 'bench', detail: 'impact: PASS' },
    ]);
    history.close();
  });

  test.each([
    ['maintenance.begin', { kind: 'deploy', spanMs: 3_600_001, by: 'a', reason: 'b' }, UsageError],
    ['maintenance.begin', { kind: 'sleep', spanMs: 5, by: 'a', reason: 'b' }, UsageError],
    ['maintenance.begin', { kind: 'work', spanMs: 5, by: 'a', reason: 'b\u0007' }, UsageError],
    ['maintenance.end', {}, UsageError],
    ['alerts.ack', { id: 'zz', by: 'ann' }, RefusedError],
    ['alerts.unsilence', { id: 'zz' }, RefusedError],
    ['alerts.ack', { id: 'a\n', by: 'ann' }, UsageError],
    ['alerts.list', { limit: 0 }, UsageError],
    ['alerts.silence', { glob: '(x+)+', spanMs: 5, by: 'a', reason: 'b' }, UsageError],
    ['alerts.silence', { glob: '*', spanMs: 1e12, by: 'a', reason: 'b' }, UsageError],
  ])('%s %o is refused', async (verb, args, error) => {
    await expect(run(dirname(temporaryFile('x')), verb, args)).rejects.toThrow(error);
  });

  test('with one, the process is asked', async () => {
    const dataDir = dirname(temporaryFile('x'));
    const handlers = { 'alerts.silences': () => ({ silences: ['its own'] }) };
    const server = await createControlServer(pathsOf(dataDir).mcpControlSocket, handlers);
    onEnd(server.close);
    expect(await run(dataDir, 'alerts.silences')).toEqual({
      via: 'mcp',
      data: { silences: ['its own'] },
    });
  });
});

describe('approvals', () => {
  const wanted = { verb: 'resume', by: 'Telegram user 1', mark: 'm', state: 's' } as const;

  test('wait in a file for this user alone, one of each verb, and run out', () => {
    const path = temporaryFile('approvals.json');
    expect(readApprovals(path, 0)).toEqual([]);
    const first = askApproval(path, wanted, 0);
    const second = askApproval(path, wanted, 10);
    const reset = askApproval(path, { ...wanted, verb: 'breaker.reset' }, 10);
    expect(first.code).toMatch(/^[A-HJKMNP-Z2-9]{6}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readApprovals(path, 20)).toEqual([reset, second]);
    removeApproval(path, reset.code, 20);
    expect(readApprovals(path, 20)).toEqual([second]);
    expect(readApprovals(path, 10 + 600_000)).toEqual([]);
  });

  test.each(['', '{}', '[1]', '[{"verb":"halt"}]'])('a file of %j holds none', (text) => {
    const path = temporaryFile('approvals.json');
    writeFileSync(path, text);
    expect(readApprovals(path, 0)).toEqual([]);
  });
});

describe('alert_system is', () => {
  const idle = { waiting: 0, oldestAtMs: undefined, blocked: undefined, lastFailure: undefined };
  const probe = { ok: true, reason: '', atMs: 0 };
  const fine = { probe, outbox: idle, commands: undefined, storeProblem: undefined, nowMs: 0 };
  const waiting = { ...idle, waiting: 2, oldestAtMs: 0 };

  test.each([
    ['healthy', fine, 'answered 0 s ago'],
    ['unknown', { ...fine, probe: undefined }, 'asked'],
    ['degraded', { ...fine, probe: { ...probe, ok: false, reason: 'ECONNREFUSED' } }, 'REFUSED'],
    ['critical', { ...fine, probe: { ...probe, ok: false, remedy: 'fix it' } }, 'fix it'],
    [
      'critical',
      { ...fine, outbox: { ...idle, blocked: { reason: '403', remedy: 'unblock' } } },
      'unblock',
    ],
    ['degraded', { ...fine, outbox: waiting, nowMs: 61_000 }, '2 alerts wait since 61 s'],
    [
      'critical',
      { ...fine, outbox: { ...waiting, lastFailure: 'ETIMEDOUT' }, nowMs: 600_000 },
      'ETIMEDOUT',
    ],
    ['degraded', { ...fine, commands: '409' }, '409'],
    ['degraded', { ...fine, storeProblem: 'disk full' }, 'disk full'],
  ])('%s: %o', (status, facts, message) => {
    expect(alertSystem(facts)).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });
});
