import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each: begun last, one of them would be waited for alone. Longest first. */
const LONG = [
  'hosts/matrix-deploy',
  'journeys/replay',
  'journeys/kills',
  'journeys/bench',
  'journeys/volatile',
  'hosts/matrix-rollback',
  'hosts/verify',
  'journeys/trading-breaker',
  'hosts/services',
  'journeys/alerts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
