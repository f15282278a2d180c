import type { Host } from '../host.ts';
import { runProcess } from './process.ts';
import { transfer } from './transfer.ts';

/** This machine. */
export function createLocalHost(name = 'local'): Host {
  const run: Host['run'] = (argv, options) => runProcess(argv, { ...options, host: name });
  return {
    name,
    run,
    upload: (from, to, signal) => transfer(run, from, to, signal),
    close: async () => {},
  };
}
