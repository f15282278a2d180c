/** What other rooms may know of this one: how to follow a bot, and how to ask what runs. */
export { type PaperRun, startPaperRun } from './paper-run.ts';
export { createStatusClient, readStatusOnce } from './status-client.ts';
export { METRICS_CONTRACT } from './validate/checks.ts';
export { fetchHealth } from './validate/health-view.ts';
export { openMcp } from './validate/mcp-client.ts';
export { ask, originOf } from './validate/probe.ts';
