import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { type CallEnvironment, callTool } from '../call-tool.ts';
import type { CallContext, ServerDefinition } from '../definition.ts';
import { page } from '../page.ts';
import { matchTemplate } from '../template.ts';

/** Most subscriptions one session may hold. */
const MAX_SUBSCRIPTIONS = 256;

type Extra = Parameters<Parameters<Server['setRequestHandler']>[1]>[1];

/**
 * One session of a server for protocol revisions up to 2025-11-25. The low-level Server is used,
 * because the high-level one rewrites schemas and has no subscriptions.
 */
export function createLegacySession(
  definition: ServerDefinition,
  environment: CallEnvironment,
): Server {
  const { name, title, version, instructions } = definition;
  const server = new Server(
    { name: `pmcp-${name}`, title, version },
    {
      instructions,
      capabilities: {
        tools: {},
        logging: {},
        completions: {},
        prompts: {},
        resources: { subscribe: true, listChanged: true },
      },
    },
  );
  addTools(server, definition, environment);
  addResources(server, definition, environment);
  addPrompts(server, definition);
  addCompletions(server, definition);
  return server;
}

function contextOf(server: Server, extra: Extra): CallContext {
  const token = extra._meta?.progressToken;
  return {
    signal: extra.signal,
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
      server.sendLoggingMessage({ level, data: message }, extra.sessionId).catch(() => undefined);
    },
  };
}

function addTools(
  server: Server,
  definition: ServerDefinition,
  environment: CallEnvironment,
): void {
  const listed = definition.tools.map((tool) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: tool.input.schema,
    outputSchema: tool.output.schema,
    annotations: { title: tool.title, ...tool.hints },
  }));
  server.setRequestHandler(ListToolsRequestSchema, (request) => {
    const { items, nextCursor } = page(listed, request.params?.cursor);
    return { tools: items, nextCursor };
  });
  server.setRequestHandler(CallToolRequestSchema, async (request, extra) => {
    const { name, arguments: input } = request.params;
    const answer = await callTool(definition, name, input, contextOf(server, extra), environment);
    if (!answer) throw new McpError(ErrorCode.InvalidParams, `unknown tool: ${name}`);
    const content = [{ type: 'text', text: answer.text }];
    if (answer.ok) return { content, structuredContent: answer.structured };
    return { content, isError: true, _meta: { 'pmcp/error': answer.structured.error } };
  });
}

function addResources(
  server: Server,
  definition: ServerDefinition,
  environment: CallEnvironment,
): void {
  const listed = definition.resources.map(({ read: _, ...resource }) => resource);
  const templates = definition.templates.map(({ read: _, complete: __, ...template }) => template);
  server.setRequestHandler(ListResourcesRequestSchema, (request) => {
    const { items, nextCursor } = page(listed, request.params?.cursor);
    return { resources: items, nextCursor };
  });
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: templates,
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async (request, extra) => {
    const { uri } = request.params;
    const content = await readResource(definition, uri, contextOf(server, extra));
    if (!content) throw new McpError(-32002, `resource not found: ${uri}`, { uri });
    return {
      contents: [{ uri, mimeType: content.mimeType, text: environment.redact(content.text) }],
    };
  });
  addSubscriptions(server, definition);
}

async function readResource(definition: ServerDefinition, uri: string, context: CallContext) {
  const fixed = definition.resources.find((resource) => resource.uri === uri);
  if (fixed) return fixed.read(context);
  for (const template of definition.templates) {
    const variables = matchTemplate(template.uriTemplate, uri);
    if (variables) return template.read(variables, context);
  }
  return undefined;
}

function addSubscriptions(server: Server, definition: ServerDefinition): void {
  const subscribed = new Set<string>();
  const stop = definition.onChange((change) => {
    if (change.kind === 'resources') server.sendResourceListChanged().catch(() => undefined);
    else if (subscribed.has(change.uri)) {
      server.sendResourceUpdated({ uri: change.uri }).catch(() => undefined);
    }
  });
  server.onclose = stop;
  server.setRequestHandler(SubscribeRequestSchema, (request) => {
    if (subscribed.size >= MAX_SUBSCRIPTIONS) {
      throw new McpError(ErrorCode.InvalidRequest, `more than ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    subscribed.add(request.params.uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, (request) => {
    subscribed.delete(request.params.uri);
    return {};
  });
}

function addPrompts(server: Server, definition: ServerDefinition): void {
  const listed = definition.prompts.map(({ name, title, description, arguments: wanted }) => ({
    name,
    title,
    description,
    arguments: wanted.map(({ complete: _, ...argument }) => argument),
  }));
  server.setRequestHandler(ListPromptsRequestSchema, (request) => {
    const { items, nextCursor } = page(listed, request.params?.cursor);
    return { prompts: items, nextCursor };
  });
  server.setRequestHandler(GetPromptRequestSchema, async (request) => {
    const { name, arguments: values = {} } = request.params;
    const prompt = definition.prompts.find((candidate) => candidate.name === name);
    if (!prompt) throw new McpError(ErrorCode.InvalidParams, `unknown prompt: ${name}`);
    for (const argument of prompt.arguments) {
      if (argument.required && !values[argument.name]) {
        throw new McpError(
          ErrorCode.InvalidParams,
          `${name}: argument ${argument.name} is missing`,
        );
      }
    }
    const messages = await prompt.render(values);
    return {
      description: prompt.description,
      messages: messages.map(({ role, text }) => ({ role, content: { type: 'text', text } })),
    };
  });
}

function addCompletions(server: Server, definition: ServerDefinition): void {
  server.setRequestHandler(CompleteRequestSchema, async (request) => {
    const { ref, argument } = request.params;
    const values = await completions(definition, ref, argument);
    return {
      completion: {
        values: values.slice(0, 100),
        total: values.length,
        hasMore: values.length > 100,
      },
    };
  });
}

type Reference = { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };

async function completions(
  definition: ServerDefinition,
  ref: Reference,
  argument: { name: string; value: string },
): Promise<string[]> {
  if (ref.type === 'ref/prompt') {
    const prompt = definition.prompts.find((candidate) => candidate.name === ref.name);
    if (!prompt) throw new McpError(ErrorCode.InvalidParams, `unknown prompt: ${ref.name}`);
    const wanted = prompt.arguments.find((candidate) => candidate.name === argument.name);
    return (await wanted?.complete?.(argument.value)) ?? [];
  }
  const template = definition.templates.find((candidate) => candidate.uriTemplate === ref.uri);
  if (!template) throw new McpError(ErrorCode.InvalidParams, `unknown template: ${ref.uri}`);
  return (await template.complete?.(argument.name, argument.value)) ?? [];
}
