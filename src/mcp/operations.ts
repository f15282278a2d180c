import { reasonOf } from '../errors.ts';
import { type CallEnvironment, callTool } from './call-tool.ts';
import { type CallContext, type ServerDefinition, ToolFailure } from './definition.ts';
import { page } from './page.ts';
import { matchTemplate } from './template.ts';

/** A JSON-RPC error answer; adapters throw their SDK's own class for it. */
export class ProtocolError extends Error {
  readonly code: number;
  readonly data: object | undefined;

  constructor(code: number, message: string, data?: object) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
    this.data = data;
  }
}

export const INVALID_PARAMS = -32602;
const INTERNAL = -32603;
/** Resource not found, revisions up to 2025-11-25; 2026-07-28 uses INVALID_PARAMS. */
const RESOURCE_NOT_FOUND = -32002;

export interface Params {
  name?: string;
  arguments?: Record<string, unknown>;
  cursor?: string;
  uri?: string;
  ref?: { type: string; name?: string; uri?: string };
  argument?: { name: string; value: string };
}

export type Operation = (params: Params, context: CallContext) => Promise<Record<string, unknown>>;

/** What a server answers, method by method, the same in every revision of the protocol. */
export const OPERATIONS = [
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

export function createOperations(
  definition: ServerDefinition,
  environment: CallEnvironment,
): Record<OperationName, Operation> {
  const tools = definition.tools.map(describeTool);
  const resources = definition.resources.map(({ read: _, ...resource }) => resource);
  const templates = definition.templates.map(({ read: _, complete: __, ...template }) => template);
  const prompts = definition.prompts.map(describePrompt);
  const operations: Record<OperationName, Operation> = {
    'tools/list': listing('tools', tools),
    'resources/list': listing('resources', resources),
    'resources/templates/list': listing('resourceTemplates', templates),
    'prompts/list': listing('prompts', prompts),
    'tools/call': async ({ name = '', arguments: input }, context) => {
      const answer = await callTool(definition, name, input, context, environment);
      if (!answer) throw new ProtocolError(INVALID_PARAMS, `unknown tool: ${name}`);
      const content = [{ type: 'text', text: answer.text }];
      if (answer.ok) return { content, structuredContent: answer.structured };
      return { content, isError: true, _meta: { 'pmcp/error': answer.structured.error } };
    },
    'resources/read': async ({ uri = '' }, context) => {
      const content = await readResource(definition, uri, context);
      if (!content)
        throw new ProtocolError(RESOURCE_NOT_FOUND, `resource not found: ${uri}`, { uri });
      const text = environment.redact(content.text);
      return { contents: [{ uri, mimeType: content.mimeType, text }] };
    },
    'prompts/get': async ({ name = '', arguments: values = {} }) =>
      getPrompt(definition, name, values),
    'completion/complete': async ({ ref, argument }) => {
      const values = await completions(definition, ref, argument);
      const total = values.length;
      return { completion: { values: values.slice(0, 100), total, hasMore: total > 100 } };
    },
  };
  for (const name of OPERATIONS) {
    const operation = operations[name];
    operations[name] = (params, context) =>
      operation(params, context).catch((error) => {
        throw asProtocolError(error, environment);
      });
  }
  return operations;
}

/** A failure outside of a tool, where the protocol has errors only; without secrets. */
function asProtocolError(error: unknown, { redact }: CallEnvironment): ProtocolError {
  if (error instanceof ProtocolError) return error;
  if (!(error instanceof ToolFailure)) return new ProtocolError(INTERNAL, redact(reasonOf(error)));
  const { code, next } = error;
  const message = `${code}: ${redact(error.message)}. ${next}`;
  return new ProtocolError(code === 'invalid_cursor' ? INVALID_PARAMS : INTERNAL, message);
}

function listing(key: string, items: readonly object[]): Operation {
  return async ({ cursor }) => {
    const { items: some, ...next } = page(items, cursor);
    return { [key]: some, ...next };
  };
}

function describeTool(tool: ServerDefinition['tools'][number]) {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: tool.input.schema,
    outputSchema: tool.output.schema,
    annotations: { title: tool.title, ...tool.hints },
  };
}

function describePrompt(prompt: ServerDefinition['prompts'][number]) {
  const { name, title, description } = prompt;
  const wanted = prompt.arguments.map(({ complete: _, ...argument }) => argument);
  return { name, title, description, arguments: wanted };
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

async function getPrompt(
  definition: ServerDefinition,
  name: string,
  values: Record<string, unknown>,
) {
  const prompt = definition.prompts.find((candidate) => candidate.name === name);
  if (!prompt) throw new ProtocolError(INVALID_PARAMS, `unknown prompt: ${name}`);
  const given: Record<string, string> = {};
  for (const argument of prompt.arguments) {
    const value = values[argument.name];
    if (typeof value === 'string' && value !== '') given[argument.name] = value;
    else if (argument.required) {
      throw new ProtocolError(INVALID_PARAMS, `${name}: argument ${argument.name} is missing`);
    }
  }
  const messages = await prompt.render(given);
  return {
    description: prompt.description,
    messages: messages.map(({ role, text }) => ({ role, content: { type: 'text', text } })),
  };
}

async function completions(
  definition: ServerDefinition,
  ref: Params['ref'],
  argument: Params['argument'],
): Promise<string[]> {
  if (!argument) throw new ProtocolError(INVALID_PARAMS, 'argument is missing');
  if (ref?.type === 'ref/prompt') {
    const prompt = definition.prompts.find((candidate) => candidate.name === ref.name);
    if (!prompt) throw new ProtocolError(INVALID_PARAMS, `unknown prompt: ${ref.name}`);
    const wanted = prompt.arguments.find((candidate) => candidate.name === argument.name);
    return (await wanted?.complete?.(argument.value)) ?? [];
  }
  const template = definition.templates.find((candidate) => candidate.uriTemplate === ref?.uri);
  if (!template) throw new ProtocolError(INVALID_PARAMS, `unknown template: ${ref?.uri}`);
  return (await template.complete?.(argument.name, argument.value)) ?? [];
}
