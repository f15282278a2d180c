import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  createVitals,
  readDisk,
  readFdLimit,
  readHost,
  readProcess,
  readTree,
} from '../../src/host/vitals.ts';

test('reads this process as Node itself sees it', () => {
  const reading = readProcess(process.pid);
  const { rss } = process.memoryUsage();
  expect(reading).toMatchObject({ pid: process.pid, parentPid: process.ppid });
  expect(reading?.rssBytes).toBeGreaterThan(rss * 0.7);
  expect(reading?.rssBytes).toBeLessThan(rss * 1.4);
  expect(reading?.threads).toBeGreaterThan(1);
  expect(reading?.fds).toBeGreaterThan(2);
  const { user, system } = process.cpuUsage();
  expect(reading?.cpuSeconds).toBeCloseTo((user + system) / 1e6, 0);
});

test('a process that is gone is undefined, and its tree empty', () => {
  expect(readProcess(2 ** 22 + 1)).toBeUndefined();
  expect(readTree(2 ** 22 + 1)).toEqual([]);
});

test('a tree holds children and their children', async () => {
  const child = spawn('sh', ['-c', 'sleep 30 & wait']);
  try {
    await vi.waitFor(() => expect(readTree(child.pid ?? 0)).toHaveLength(2));
    const [shell, sleep] = readTree(child.pid ?? 0);
    expect(sleep?.parentPid).toBe(shell?.pid);
  } finally {
    for (const { pid } of readTree(child.pid ?? 0)) process.kill(pid, 'SIGKILL');
  }
});

test('a sample counts the CPU used since the one before', () => {
  const sample = createVitals(process.pid);
  expect(sample()).toMatchObject({ cpuPercent: null, hostCpuPercent: null });
  const until = performance.now() + 300;
  while (performance.now() < until);
  const second = sample();
  expect(second.cpuPercent).toBeGreaterThan(20);
  expect(second.cpuPercent).toBeLessThan(250);
  expect(second.hostCpuPercent).toBeGreaterThan(0);
  expect(second.hostMemoryPercent).toBeGreaterThan(0);
  expect(second.processes).toBeGreaterThan(0);
});

/** A /proc of our own: what the kernel would say at a moment. */
function fakeProc(write: (put: (path: string, text: string) => void) => void): string {
  const root = mkdtempSync(join(tmpdir(), 'pmcp-proc-'));
  write((path, text) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  });
  return root;
}

const stat = (pid: number, ticks: number) =>
  `${pid} (odd) name) R 1 ${pid} 0 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 3 0 777 0 0`;

test('names with brackets, unreadable descriptors, and exact figures', () => {
  let ticks = 100;
  let nowMs = 0;
  const put = (root: string) => {
    mkdirSync(join(root, '5'), { recursive: true });
    writeFileSync(join(root, '5/stat'), stat(5, ticks));
  };
  const root = fakeProc((file) => {
    file('5/stat', stat(5, ticks));
    file('5/status', 'Name:\tx\nVmRSS:\t   2048 kB\n');
    file('stat', 'cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1\n');
    file('meminfo', 'MemTotal: 1000 kB\nMemAvailable: 250 kB\n');
  });
  try {
    expect(readProcess(5, root)).toEqual({
      pid: 5,
      parentPid: 1,
      startTicks: 777,
      cpuSeconds: 1,
      rssBytes: 2048 * 1024,
      threads: 3,
      fds: null,
    });
    const sample = createVitals(5, () => nowMs, root);
    sample();
    // The same moment again: no span, no percentage.
    expect(sample().cpuPercent).toBeNull();
    nowMs = 1000;
    ticks = 150;
    put(root);
    writeFileSync(join(root, 'stat'), 'cpu  150 0 150 700 100 0 0 0 0 0\n');
    expect(sample()).toMatchObject({
      cpuPercent: 50,
      rootCpuPercent: 50,
      rootRssBytes: 2048 * 1024,
      hostCpuPercent: 100,
      hostMemoryPercent: 75,
      fds: 0,
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a host without /proc answers zeros, not nonsense', () => {
  expect(readHost('/nonexistent')).toMatchObject({ cpuTotalSeconds: 0, memoryTotalBytes: 0 });
  expect(createVitals(1, () => 0, '/nonexistent')()).toMatchObject({ hostMemoryPercent: 0 });
});

test('disk space, or nothing for a path that is not there', () => {
  const disk = readDisk('/');
  expect(disk?.freeBytes).toBeGreaterThan(0);
  expect(disk?.totalBytes).toBeGreaterThanOrEqual(disk?.freeBytes ?? Number.POSITIVE_INFINITY);
  expect(readDisk('/nonexistent')).toBeUndefined();
});

test('how many files a process may open', () => {
  expect(readFdLimit(process.pid)).toBeGreaterThan(10);
  expect(readFdLimit(2 ** 22 + 1)).toBeUndefined();
  const root = fakeProc((file) => file('5/limits', 'Max open files   unlimited   unlimited\n'));
  try {
    expect(readFdLimit(5, root)).toBeUndefined();
  } finally {
    rmSync(root, { recursive: true });
  }
});
