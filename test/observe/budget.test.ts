import { expect, test } from 'vitest';
import { createBudgetKeeper } from '../../src/observe/budget.ts';
import { createListeners } from '../../src/observe/listeners.ts';

function keeper() {
  let nowMs = 0;
  const made = createBudgetKeeper({ cpuPercent: 1, memoryMb: 100 }, 30_000, () => nowMs);
  return {
    ...made,
    heavy: (servedMs = 0) => {
      nowMs += made.intervalMs();
      made.servedRequest(servedMs);
      made.sample({ cpuPercent: 5, addedMemoryMb: 10 });
    },
  };
}

test('over budget, checks come less often, and it is said', () => {
  const budget = keeper();
  expect(budget.words()).toBe('');
  for (let i = 0; i < 3; i += 1) budget.heavy();
  expect(budget.intervalMs()).toBe(60_000);
  expect(budget.words()).toBe('checks run 2 times less often');
  for (let i = 0; i < 6; i += 1) budget.heavy();
  expect(budget.intervalMs()).toBe(120_000);
  expect(budget.level()).toBe(3);
});

test('load on request is not monitoring’s; a short call excuses nothing', () => {
  const busy = keeper();
  for (let i = 0; i < 10; i += 1) busy.heavy(5_000);
  expect(busy.level()).toBe(0);
  const brief = keeper();
  for (let i = 0; i < 3; i += 1) brief.heavy(100);
  expect(brief.level()).toBe(1);
});

test('who can be shed hears nothing meanwhile; alerts always do', () => {
  let rich = true;
  const { add, tell } = createListeners(() => rich);
  const heard: string[] = [];
  add({ sheds: true, connection: () => heard.push('page') });
  const stop = add({ connection: () => heard.push('alerts') });
  tell((one) => one.connection?.(true));
  rich = false;
  tell((one) => one.connection?.(true));
  stop();
  tell((one) => one.connection?.(true));
  expect(heard).toEqual(['page', 'alerts', 'alerts']);
});
