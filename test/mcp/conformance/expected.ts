/** What the suite is asked on each server, and why it is not asked the rest. */

/** Runs of the suite: which release, and its words. */
export const RUNS = {
  all: { suite: 'stable', words: ['--suite', 'all'] },
  '2025-11-25': { suite: 'next', words: ['--requirements', '2025-11-25'] },
  '2026-07-28': { suite: 'next', words: ['--requirements', '2026-07-28'] },
} as const;
export type RunName = keyof typeof RUNS;

/** Scenarios that a server without the suite's own tools must pass, with a check passed. */
export const GENERIC: Record<Exclude<RunName, 'all'>, readonly string[]> = {
  '2025-11-25': [
    'server-initialize',
    'logging-set-level',
    'ping',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'resources-subscribe',
    'resources-unsubscribe',
    'prompts-list',
    'dns-rebinding-protection',
    'server-session-lifecycle',
  ],
  '2026-07-28': [
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'sep-2164-resource-not-found',
    'prompts-list',
    'dns-rebinding-protection',
    'caching',
    'http-header-validation',
    'input-required-result-unsupported-methods',
  ],
};

/** Of server-stateless, what needs a tool of the suite's own; the other checks must pass. */
export const STATELESS_NEEDS_FIXTURES = [
  'sep-2575-server-rejects-undeclared-capability',
  'sep-2575-missing-capability-http-400',
  'sep-2575-http-server-no-independent-requests-on-stream',
  'sep-2575-server-no-log-without-loglevel',
];

/** Not passed on the fixture, none of them scored: name, then reason. */
export const NOT_APPLICABLE: Record<string, string> = {
  'server-sse-polling':
    'No tool closes its stream to be polled; streams are not resumed, a call is repeated.',
  'http-custom-header-server-validation':
    'No tool has a parameter that is mirrored in a header (`x-mcp-header`).',
  ...Object.fromEntries(
    [
      'lifecycle',
      'capability-negotiation',
      'wire-fields',
      'request-state-removal',
      'mrtr-input',
      'request-headers',
      'dispatch-and-envelope',
      'status-notifications',
      'required-task-error',
      'mrtr-composition',
    ].map((name) => [
      `tasks-${name}`,
      'The tasks extension is not offered: a test run streams progress and is kept as a resource.',
    ]),
  ),
};

/** Of the alpha's 2026-07-28 scenarios, what only the fixture can be asked. */
export const WHY_FIXTURE =
  'Scenarios that call tools, read resources or get prompts of the suite’s own run on a server ' +
  'that exists in the tests only: the shipped router, guard, body limit, session host, modern ' +
  'host and definition registry, with other definitions.';
