import { readFileSync } from 'node:fs';
import { ConfigError, reasonOf } from '../errors.ts';
import type { Evidence } from './evidence.ts';

/** Evidence from where the sources were, for a release that has none. */
export interface Recorded {
  find(id: string): Evidence | undefined;
}

export interface RecordedOptions {
  path: string;
  /** Of this release: what was recorded of other code says nothing of it. */
  commit: string | null;
  nowMs: number;
}

/** A report that `pmcp report --format json` wrote. Throws when it is none, or of other code. */
export function readRecorded({ path, commit, nowMs }: RecordedOptions): Recorded {
  const hint = 'Give what `pmcp report --format json` wrote for this release.';
  let report: { schema?: string; run?: { id?: string; quick?: boolean }; evidence?: Evidence[] };
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path}: ${reasonOf(error)}`, { hint });
  }
  const { schema, run, evidence } = report;
  if (schema !== 'pmcp.report' || !Array.isArray(evidence)) {
    throw new ConfigError(`${path} is no report of \`pmcp verify\``, { hint });
  }
  const byId = new Map(evidence.map((one) => [one.id, one]));
  return {
    find(id) {
      const one = byId.get(id);
      if (!one || one.result === 'SKIPPED') return undefined;
      const hours = Math.round((nowMs - Date.parse(one.startedAt)) / 3_600_000);
      const of = one.commit?.slice(0, 10) ?? 'unknown commit';
      const kind = run?.quick ? 'quick run' : 'run';
      const words = `recorded ${hours} h ago at ${of}, ${kind} ${run?.id ?? 'unknown'}`;
      if (one.commit !== null && one.commit === commit) {
        return { ...one, recorded: words, detail: `${one.detail} (${words})` };
      }
      const result = 'SKIPPED' as const;
      const detail = `no sources here, and what was ${words} is of other code than ${commit}`;
      return { ...one, result, detail, recorded: words };
    },
  };
}
