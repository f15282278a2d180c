import { existsSync, readFileSync } from 'node:fs';

const TASKSET = '/usr/bin/taskset';

/**
 * Command words that keep a program to its part of the CPUs. What stands in for the venue, which in
 * truth is another machine, gets the last one: on the bot's own, each order would wake it there and
 * stop the bot in the midst of its work. No words where there is but one CPU.
 */
export function keptApart(program: 'venue' | 'bot'): string[] {
  const cpus = allowedCpus(readFileSync('/proc/self/status', 'utf8'));
  const last = cpus.pop();
  if (last === undefined || cpus.length === 0 || !existsSync(TASKSET)) return [];
  return [TASKSET, '--cpu-list', program === 'venue' ? String(last) : cpus.join(',')];
}

/** `Cpus_allowed_list` of /proc/PID/status, as numbers: `0-2,5` is 0, 1, 2, 5. */
export function allowedCpus(status: string): number[] {
  const list = /^Cpus_allowed_list:[ \t]*(\d\S*)$/m.exec(status)?.[1];
  return (list?.split(',') ?? []).flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
