import { expect, test } from 'vitest';
import { createSampler } from '../../src/observe/sampler.ts';
import { fakeHello, fakeStatus } from '../fakes/status.ts';
import { view } from './facts.ts';

const bot = (uptimeSeconds: number, cpuSeconds = 1, files: object = {}) => {
  const status = fakeStatus();
  status.vitals = { ...status.vitals, uptimeSeconds, cpuSeconds, ...files };
  return view({ hello: { type: 'hello', ...fakeHello }, status, ageMs: 0 });
};

test('open files: ours as the system tells, the bot’s as it says itself', () => {
  const sampler = createSampler('/');
  const files = { fds: 40, fdLimit: 1024 };
  const { own, disk, ...first } = sampler.sample(bot(10, 1, files));
  expect(own.fds).toBeGreaterThan(2);
  expect(first.ownFdLimit).toBeGreaterThan(2);
  expect(disk?.freeBytes).toBeGreaterThan(0);
  expect(first.bot).toMatchObject(files);
  const unknown = { fds: null, fdLimit: null };
  expect(sampler.sample(bot(10)).bot, 'an older bot').toMatchObject(unknown);
  expect(sampler.sample(view({ connected: false })).bot).toMatchObject(unknown);
});

test('CPU between two looks, anew for every life of the bot', async () => {
  const sampler = createSampler('/nonexistent');
  expect(sampler.sample(bot(1, 1))).toMatchObject({ bot: { cpuPercent: null }, disk: null });
  await new Promise((done) => setTimeout(done, 20));
  const { cpuPercent } = sampler.sample(bot(1, 1.01)).bot;
  expect(cpuPercent).toBeGreaterThan(1);
  expect(cpuPercent).toBeLessThan(60);
  sampler.botGone();
  expect(sampler.sample(bot(1, 0)).bot.cpuPercent).toBeNull();
  expect(sampler.sample(view({ status: undefined })).bot.cpuPercent).toBeNull();
});

test('the longest delay since the last look', () => {
  const sampler = createSampler('/');
  sampler.late(3);
  sampler.late(70);
  sampler.late(5);
  expect(sampler.sample(view()).ownLoopDelayMs).toBe(70);
  expect(sampler.sample(view()).ownLoopDelayMs).toBe(0);
});
