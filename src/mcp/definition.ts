/**
 * What an MCP server of ours offers, free of any SDK: adapters (mcp/adapter) turn it into the
 * protocol. One definition serves every revision and transport.
 */

/** A JSON Schema 2020-12 document. */
export type JsonSchema = { [keyword: string]: unknown };

/** A schema together with the check that enforces it. */
export interface Shape<Value> {
  schema: JsonSchema;
  parse(value: unknown): { ok: true; value: Value } | { ok: false; problems: string[] };
}

/** All four stated on every tool: the protocol's defaults are pessimistic. */
export interface ToolHints {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

export const READ_ONLY: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error';

/** What a running call may use of its client. */
export interface CallContext {
  /** Aborted when the client cancels or goes away, and when the call's time is up. */
  signal: AbortSignal;
  /** Equal for the calls of one client, who has a share of what all may use; undefined: no limit. */
  caller?: object;
  /** Reaches the client only if it asked for progress. */
  progress(done: number, total: number | undefined, message: string): void;
  log(level: LogLevel, message: string): void;
}

export interface ToolDefinition<Input = unknown, Output extends object = object> {
  name: string;
  title: string;
  /** For the model: what it answers, when to use it, what to call next. */
  description: string;
  hints: ToolHints;
  input: Shape<Input>;
  output: Shape<Output>;
  /** Also while the server's breaker is tripped. Only what explains the trip may set it. */
  availableWhileTripped?: boolean;
  /** Longest a call may take, real ms. */
  timeoutMs: number;
  run(input: Input, context: CallContext): Promise<Output>;
  /** The same data for a reader; nothing that `run` did not return. */
  render(output: Output): string;
}

export interface ResourceContent {
  mimeType: string;
  text: string;
}

export interface ResourceDefinition {
  uri: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  read(context: CallContext): Promise<ResourceContent>;
}

export interface ResourceTemplateDefinition {
  /** RFC 6570, simple variables only: `pmcp://trades/{fillId}`. */
  uriTemplate: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  /** undefined: no such resource. */
  read(
    variables: Record<string, string>,
    context: CallContext,
  ): Promise<ResourceContent | undefined>;
  complete?(variable: string, value: string): Promise<string[]>;
}

export interface PromptDefinition {
  name: string;
  title: string;
  description: string;
  arguments: {
    name: string;
    description: string;
    required: boolean;
    complete?(value: string): Promise<string[]>;
  }[];
  render(values: Record<string, string>): Promise<{ role: 'user' | 'assistant'; text: string }[]>;
}

export type ServerChange = { kind: 'resource'; uri: string } | { kind: 'resources' };

export interface ServerDefinition {
  /** Last part of its URL: `codebase-search`, `testing`, `monitoring`. */
  name: string;
  title: string;
  version: string;
  /** How to use it, for the model. */
  instructions: string;
  tools: readonly ToolDefinition[];
  resources: readonly ResourceDefinition[];
  templates: readonly ResourceTemplateDefinition[];
  prompts: readonly PromptDefinition[];
  /** Completions of tool arguments are not in the protocol; those of prompts and templates are. */
  onChange(listener: (change: ServerChange) => void): () => void;
}

/**
 * A failure that the model should read: what went wrong and what to do next. Becomes an error
 * result of the tool, not a protocol error.
 */
export class ToolFailure extends Error {
  readonly code: string;
  readonly next: string;
  /** When trying again may help; undefined: not by waiting. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, next: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ToolFailure';
    this.code = code;
    this.next = next;
    this.retryAfterMs = retryAfterMs;
  }
}
