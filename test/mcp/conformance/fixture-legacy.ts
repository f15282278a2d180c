import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CreateMessageResultSchema,
  type ElicitRequestFormParams,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { contextOf, createLegacySession } from '../../../src/mcp/adapter/legacy.ts';
import type { CallEnvironment } from '../../../src/mcp/call-tool.ts';
import { createOperations } from '../../../src/mcp/operations.ts';
import { exoticPrompt, exoticResource, exoticTool } from './exotic-content.ts';
import { FIXTURE } from './fixture-definition.ts';

/** The shipped session, and beside it the few answers that no definition of ours can give. */
export function createLegacyFixture(environment: CallEnvironment): Server {
  const server = createLegacySession(FIXTURE, environment);
  const shipped = createOperations(FIXTURE, environment);
  server.setRequestHandler(CallToolRequestSchema, async (request, extra) => {
    const { name, arguments: given = {} } = request.params;
    const content = exoticTool(name);
    if (content) return content;
    if (name === 'test_sampling') {
      const { content: said } = await extra.sendRequest(
        { method: 'sampling/createMessage', params: sampling(String(given.prompt)) },
        CreateMessageResultSchema,
      );
      return spoken(`LLM response: ${said.type === 'text' ? said.text : ''}`);
    }
    const form = name === 'test_elicitation' ? asked(String(given.message)) : FORMS.get(name);
    if (form) {
      const params = { mode: 'form' as const, ...form };
      const answer = await extra.sendRequest(
        { method: 'elicitation/create', params },
        ElicitResultSchema,
      );
      const content = JSON.stringify(answer.content ?? {});
      return spoken(`Elicitation completed: action=${answer.action}, content=${content}`);
    }
    return shipped['tools/call'](
      request.params,
      contextOf(extra, () => true, server),
    );
  });
  server.setRequestHandler(ReadResourceRequestSchema, async (request, extra) => {
    const bytes = exoticResource(request.params.uri);
    if (bytes) return bytes;
    return shipped['resources/read'](
      request.params,
      contextOf(extra, () => true, server),
    );
  });
  server.setRequestHandler(GetPromptRequestSchema, async (request, extra) => {
    const { name, arguments: given = {} } = request.params;
    const prompt = exoticPrompt(name, given.resourceUri ?? '');
    return (
      prompt ??
      shipped['prompts/get'](
        request.params,
        contextOf(extra, () => true, server),
      )
    );
  });
  return server;
}

function spoken(text: string) {
  return { content: [{ type: 'text' as const, text }], structuredContent: { text } };
}

function sampling(text: string) {
  const role = 'user' as const;
  return { messages: [{ role, content: { type: 'text' as const, text } }], maxTokens: 100 };
}

type Form = Pick<ElicitRequestFormParams, 'message' | 'requestedSchema'>;

function asked(message: string): Form {
  const properties = { response: { type: 'string' as const, description: 'The answer' } };
  return { message, requestedSchema: { type: 'object', properties, required: ['response'] } };
}

const options = ['option1', 'option2', 'option3'];
const titled = ['First', 'Second', 'Third'].map((title, index) => ({
  const: `value${index + 1}`,
  title,
}));

const FORMS = new Map<string, Form>([
  [
    'test_elicitation_sep1034_defaults',
    {
      message: 'Please review and update the form fields with defaults',
      requestedSchema: {
        type: 'object',
        properties: {
          name: { type: 'string', default: 'John Doe' },
          age: { type: 'integer', default: 30 },
          score: { type: 'number', default: 95.5 },
          status: {
            type: 'string',
            enum: ['active', 'inactive', 'pending'],
            default: 'active',
          },
          verified: { type: 'boolean', default: true },
        },
      },
    },
  ],
  [
    'test_elicitation_sep1330_enums',
    {
      message: 'Please select options from the enum fields',
      requestedSchema: {
        type: 'object',
        properties: {
          untitledSingle: { type: 'string', enum: options },
          titledSingle: { type: 'string', oneOf: titled },
          legacyEnum: {
            type: 'string',
            enum: ['opt1', 'opt2', 'opt3'],
            enumNames: ['Option One', 'Option Two', 'Option Three'],
          },
          untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
          titledMulti: { type: 'array', items: { anyOf: titled } },
        },
      },
    },
  ],
]);
