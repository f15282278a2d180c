import { ConfigError } from '../../errors.ts';
import type { Leader } from '../engine.ts';
import type { Scenario } from './scenario.ts';

export function createRecorded(file: string, _seed: number): Scenario {
  throw new ConfigError(`${file}: recordings cannot be played yet`);
}

export function recordedLeaders(_file: string, _seed: number): Leader[] {
  return [];
}
