/** What a server of ours can do, by the names of the protocol. */
export const CAPABILITIES = {
  tools: {},
  logging: {},
  completions: {},
  prompts: {},
  resources: { subscribe: true, listChanged: true },
};
