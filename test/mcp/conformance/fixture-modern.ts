import { randomBytes, randomUUID } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequests,
  inputRequired,
  ProtocolError,
  type Server,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { contextOf, createModernServer } from '../../../src/mcp/adapter/modern.ts';
import type { CallEnvironment } from '../../../src/mcp/call-tool.ts';
import { createOperations } from '../../../src/mcp/operations.ts';
import { exoticPrompt, exoticResource, exoticTool } from './exotic-content.ts';
import { FIXTURE } from './fixture-definition.ts';

/** The state that travels through the client comes back sealed, or not at all. */
const seal = createRequestStateCodec<{ round: number }>({ key: randomBytes(32) });

/** The shipped server, and beside it the few answers that no definition of ours can give. */
export function createModernFixture(environment: CallEnvironment, notify: ServerNotifier): Server {
  const server = createModernServer(FIXTURE, environment);
  server.registerCapabilities({ tools: { listChanged: true }, prompts: { listChanged: true } });
  const shipped = createOperations(FIXTURE, environment);
  server.setRequestHandler('tools/call', async (request, context) => {
    const { name } = request.params;
    const content = exoticTool(name);
    if (content) return content;
    if (name === 'test_trigger_tool_change') notify.toolsChanged();
    if (name === 'test_trigger_prompt_change') notify.promptsChanged();
    const asking = await ROUNDS.get(name)?.(context);
    if (typeof asking === 'string') return spoken(asking);
    if (asking) return asking;
    return (await shipped['tools/call'](request.params, contextOf(context))) as never;
  });
  server.setRequestHandler('resources/read', async (request, context) => {
    const bytes = exoticResource(request.params.uri);
    if (bytes) return bytes;
    const read = shipped['resources/read'](request.params, contextOf(context));
    return (await read.catch(() => {
      throw new ProtocolError(-32602, 'resource not found', { uri: request.params.uri });
    })) as never;
  });
  server.setRequestHandler('prompts/get', async (request, context) => {
    const { name, arguments: given = {} } = request.params;
    if (name === 'test_input_required_result_prompt') return promptWithInput(context);
    const prompt = exoticPrompt(name, given.resourceUri ?? '');
    if (prompt) return prompt;
    return (await shipped['prompts/get'](request.params, contextOf(context))) as never;
  });
  return server;
}

const declared = z.looseObject({
  elicitation: z.unknown(),
  sampling: z.unknown(),
  roots: z.unknown(),
});
const capabilities = z.looseObject({ [CLIENT_CAPABILITIES_META_KEY]: declared.partial() });
type Field = { type: 'string' } | { type: 'boolean' };
type Round = (context: ServerContext) => Promise<ReturnType<typeof inputRequired> | string>;

function spoken(text: string) {
  return { content: [{ type: 'text' as const, text }], structuredContent: { text } };
}

const form = (message: string, key: string, field: Field = { type: 'string' }) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [key]: field }, required: [key] },
  });
const sample = (text: string) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text } }],
    maxTokens: 100,
  });
const asName = () => form('What is your name?', 'name');

function answered(context: ServerContext, request: string, key: string): unknown {
  const { inputResponses } = context.mcpReq;
  return acceptedContent<Record<string, unknown>>(inputResponses, request)?.[key];
}

/** What came back sealed; anything else than our own seal is refused. */
async function stateOf(context: ServerContext): Promise<{ round: number } | undefined> {
  const state = context.mcpReq.requestState();
  if (state === undefined) return undefined;
  try {
    return await seal.verify(String(state), context);
  } catch {
    throw new ProtocolError(-32602, 'requestState is not ours', {
      reason: 'invalid_request_state',
    });
  }
}

/** Asks once more until a sealed state and a confirmation come back together. */
const confirmed: Round = async (context) => {
  const state = await stateOf(context);
  if (state && answered(context, 'confirm', 'ok') !== undefined)
    return 'state-ok: integrity-ok, confirmed';
  return inputRequired({
    inputRequests: { confirm: form('Please confirm', 'ok', { type: 'boolean' }) },
    requestState: await seal.mint({ round: 1 }),
  });
};

const ROUNDS = new Map<string, Round>([
  [
    'test_missing_capability',
    async ({ mcpReq }) =>
      mcpReq.inputResponses?.answer
        ? 'sampled'
        : inputRequired({ inputRequests: { answer: sample('Say pong') } }),
  ],
  [
    'test_input_required_result_elicitation',
    async (context) => {
      const name = answered(context, 'user_name', 'name');
      if (typeof name === 'string') return `Hello, ${name}!`;
      return inputRequired({ inputRequests: { user_name: asName() } });
    },
  ],
  [
    'test_input_required_result_sampling',
    async ({ mcpReq }) =>
      mcpReq.inputResponses?.capital_question
        ? `Sampling response: ${JSON.stringify(mcpReq.inputResponses.capital_question)}`
        : inputRequired({ inputRequests: { capital_question: sample('Capital of France?') } }),
  ],
  [
    'test_input_required_result_list_roots',
    async ({ mcpReq }) =>
      mcpReq.inputResponses?.client_roots
        ? `Roots: ${JSON.stringify(mcpReq.inputResponses.client_roots)}`
        : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } }),
  ],
  ['test_input_required_result_request_state', confirmed],
  ['test_input_required_result_tampered_state', confirmed],
  [
    'test_input_required_result_multiple_inputs',
    async (context) => {
      const { user_name, greeting, client_roots } = context.mcpReq.inputResponses ?? {};
      if (user_name && greeting && client_roots) return 'all three came back';
      return inputRequired({
        inputRequests: {
          user_name: asName(),
          greeting: sample('Generate a greeting'),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await seal.mint({ round: 1 }),
      });
    },
  ],
  [
    'test_input_required_result_multi_round',
    async (context) => {
      const { round } = (await stateOf(context)) ?? { round: 0 };
      if (round === 2) return `Multi-round complete: ${randomUUID()}`;
      const step = round === 0 ? asName() : form('What is your favorite color?', 'color');
      return inputRequired({
        inputRequests: { [`step${round + 1}`]: step },
        requestState: await seal.mint({ round: round + 1 }),
      });
    },
  ],
  [
    'test_input_required_result_capabilities',
    async ({ mcpReq }) => {
      if (mcpReq.inputResponses) return 'answered within what the client can do';
      const able = capabilities.parse(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY];
      const inputRequests: InputRequests = {
        ...(able?.elicitation ? { user_name: asName() } : {}),
        ...(able?.sampling ? { greeting: sample('Generate a short greeting') } : {}),
        ...(able?.roots ? { client_roots: inputRequired.listRoots() } : {}),
      };
      return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : 'nothing';
    },
  ],
]);

async function promptWithInput(context: ServerContext) {
  const known = answered(context, 'user_context', 'context');
  if (typeof known !== 'string') {
    const wanted = form('What context should the prompt use?', 'context');
    return inputRequired({ inputRequests: { user_context: wanted } });
  }
  const content = { type: 'text' as const, text: `Use the following context: ${known}` };
  return { messages: [{ role: 'user' as const, content }] };
}
