/** What other rooms may know of this one: running a project's own tests. */
export { createTestRuns } from './runs.ts';
