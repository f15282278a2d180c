/** What other rooms may know of this one: how to follow a bot. */
export { createStatusClient, type StatusClient } from './status-client.ts';
