/** What other rooms may know of this one: the operator's verbs on a breaker, whosever it is. */
export { type BreakerReport, type ChangeReport, createBreakerVerbs } from './breaker-verbs.ts';
