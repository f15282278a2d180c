import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  LoggingLevelSchema,
  McpError,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import type { CallEnvironment } from '../call-tool.ts';
import type { CallContext, LogLevel, ServerDefinition } from '../definition.ts';
import {
  createOperations,
  INVALID_PARAMS,
  OPERATIONS,
  type OperationName,
  type Params,
  ProtocolError,
} from '../operations.ts';
import { CAPABILITIES } from './capabilities.ts';

/** One for all sessions: each would make its own, of some kilobytes, and never use it. */
const jsonSchemaValidator = new AjvJsonSchemaValidator();

/** Most subscriptions one session may hold. */
const MAX_SUBSCRIPTIONS = 256;

/** From the least to the gravest. */
const LOG_LEVELS: readonly string[] = LoggingLevelSchema.options;

const REQUEST_SCHEMAS = {
  'tools/list': ListToolsRequestSchema,
  'tools/call': CallToolRequestSchema,
  'resources/list': ListResourcesRequestSchema,
  'resources/templates/list': ListResourceTemplatesRequestSchema,
  'resources/read': ReadResourceRequestSchema,
  'prompts/list': ListPromptsRequestSchema,
  'prompts/get': GetPromptRequestSchema,
  'completion/complete': CompleteRequestSchema,
} as const satisfies Record<OperationName, unknown>;

type Extra = Parameters<Parameters<Server['setRequestHandler']>[1]>[1];

/**
 * One session of a server for protocol revisions up to 2025-11-25. The low-level Server is used,
 * because the high-level one rewrites schemas and has no subscriptions.
 */
export function createLegacySession(
  definition: ServerDefinition,
  environment: CallEnvironment,
  operations = createOperations(definition, environment),
): Server {
  const { name, title, version, instructions } = definition;
  const server = new Server(
    { name: `pmcp-${name}`, title, version },
    { instructions, capabilities: CAPABILITIES, jsonSchemaValidator },
  );
  const wanted = addLogLevel(server);
  for (const operation of OPERATIONS) {
    server.setRequestHandler(REQUEST_SCHEMAS[operation], async (request, extra) => {
      const params: Params = { ...request.params };
      return operations[operation](params, contextOf(extra, wanted, server)).catch(asMcpError);
    });
  }
  addSubscriptions(server, definition);
  return server;
}

/** Tells whether this session wants messages of a level; until it says so, all but debug. */
function addLogLevel(server: Server): (level: LogLevel) => boolean {
  let least = LOG_LEVELS.indexOf('info');
  server.setRequestHandler(SetLevelRequestSchema, (request) => {
    least = LOG_LEVELS.indexOf(request.params.level);
    return {};
  });
  return (level) => LOG_LEVELS.indexOf(level) >= least;
}

function asMcpError(error: unknown): never {
  if (error instanceof ProtocolError) throw new McpError(error.code, error.message, error.data);
  throw error;
}

/** What a call may use, from what the SDK gives its handler. */
export function contextOf(
  extra: Extra,
  wanted: (level: LogLevel) => boolean,
  caller: object,
): CallContext {
  const token = extra._meta?.progressToken;
  return {
    signal: extra.signal,
    caller,
    progress(done, total, message) {
      if (token === undefined) return;
      const params = {
        progressToken: token,
        progress: done,
        ...(total === undefined ? {} : { total }),
        message,
      };
      extra.sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
    },
    log(level, message) {
      if (!wanted(level)) return;
      // On the stream of the call: Server.sendLoggingMessage needs one that few clients open.
      const params = { level, data: message };
      extra.sendNotification({ method: 'notifications/message', params }).catch(() => undefined);
    },
  };
}

function addSubscriptions(server: Server, definition: ServerDefinition): void {
  const subscribed = new Set<string>();
  server.onclose = definition.onChange((change) => {
    if (change.kind === 'resources') server.sendResourceListChanged().catch(() => undefined);
    else if (subscribed.has(change.uri)) {
      server.sendResourceUpdated({ uri: change.uri }).catch(() => undefined);
    }
  });
  server.setRequestHandler(SubscribeRequestSchema, (request) => {
    if (subscribed.size >= MAX_SUBSCRIPTIONS) {
      throw new McpError(INVALID_PARAMS, `more than ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    subscribed.add(request.params.uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, (request) => {
    subscribed.delete(request.params.uri);
    return {};
  });
}
