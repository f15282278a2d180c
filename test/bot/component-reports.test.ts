import { describe, expect, test } from 'vitest';
import { componentReports, type Seen } from '../../src/bot/component-reports.ts';
import { type Block, createGuard } from '../../src/bot/guard.ts';

const reports = (changes: Partial<Seen> = {}, blocks: [Block, string][] = []) => {
  const guard = createGuard();
  guard.clear('starting');
  for (const [reason, detail] of blocks) guard.block(reason, detail);
  return componentReports({
    guard,
    breaker: { kind: 'armed' },
    followedWallets: 3,
    openOrders: 2,
    unknownOrders: 0,
    feedAwaited: false,
    uptimeSeconds: 3600,
    clockSkewMs: 0,
    ...changes,
  });
};

test('a bot without trouble', () => {
  expect(Object.values(reports({ clockSkewMs: null })).map(({ status }) => status)).toEqual(
    Array(4).fill('healthy'),
  );
});

describe('what to do is said', () => {
  test.each<[string, Block, string, string]>([
    ['main_bot', 'journal_unwritable', 'critical', 'free space in DATA_DIR'],
    ['main_bot', 'reduce_only', 'critical', '`pmcp breaker reset`'],
    ['main_bot', 'paused', 'degraded', 'Ends by itself'],
    ['main_bot', 'starting', 'degraded', 'whether the venue answers'],
    ['wallet_monitor', 'blind', 'critical', 'check the network'],
  ])('%s: %s', (component, block, status, words) => {
    const report = reports({}, [[block, 'the cause']])[component as 'main_bot'];
    expect(report.status).toBe(status);
    expect(report.message).toContain('the cause');
    expect(report.message).toContain(words);
  });

  test('blind while something graver blocks: each component names its own cause', () => {
    const { main_bot, wallet_monitor } = reports({}, [
      ['blind', 'silent for 9 s'],
      ['reduce_only', 'a strange position'],
    ]);
    expect(main_bot.message).toContain('a strange position');
    expect(wallet_monitor.message).toContain('silent for 9 s');
  });

  test('a bot that has only just begun to compare its books is unknown, not ill', () => {
    const { main_bot } = reports({ uptimeSeconds: 5 }, [['starting', 'the books moved meanwhile']]);
    expect(main_bot).toEqual({
      status: 'unknown',
      message: 'no entries yet: the books moved meanwhile',
    });
  });

  test('a feed that is only just connecting is unknown, not broken', () => {
    const { wallet_monitor } = reports({ feedAwaited: true }, [['blind', 'has not spoken yet']]);
    expect(wallet_monitor.status).toBe('unknown');
  });

  test('nobody to follow', () => {
    const { wallet_monitor } = reports({ followedWallets: 0 });
    expect(wallet_monitor).toMatchObject({ status: 'degraded' });
    expect(wallet_monitor.message).toContain('pmcp wallets add');
  });

  test('orders of unknown outcome, one and more', () => {
    const message = (unknownOrders: number) => reports({ unknownOrders }).trade_executor.message;
    expect(message(1)).toContain('1 order is unknown');
    expect(message(2)).toContain('2 orders are unknown');
  });

  test('a clock that is off', () => {
    const executor = (clockSkewMs: number) => reports({ clockSkewMs }).trade_executor;
    expect(executor(2000).status).toBe('healthy');
    expect(executor(2500)).toMatchObject({ status: 'degraded' });
    expect(executor(2500).message).toContain('2.5 s ahead of the venue');
    expect(executor(-60_000).message).toContain('60.0 s behind the venue');
  });

  test('the breaker, and how to end it', () => {
    const breaker = (state: Seen['breaker']) => reports({ breaker: state }).circuit_breaker;
    const tripped = { kind: 'tripped', cause: 'daily_loss', atMs: 1, untilMs: null } as const;
    expect(breaker(tripped)).toMatchObject({ status: 'critical' });
    expect(breaker(tripped).message).toContain('`pmcp breaker reset`');
    const halted = { kind: 'halted', by: 'me', reason: 'lunch', atMs: 2 } as const;
    expect(breaker(halted).message).toContain('`pmcp resume`');
    const probing = { kind: 'probing', cause: 'daily_loss', sinceMs: 1 } as const;
    expect(breaker(probing).status).toBe('degraded');
  });
});
