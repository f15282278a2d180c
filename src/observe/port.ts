/** What other rooms may know of this one: how to follow a bot. */
export { createStatusClient } from './status-client.ts';
