import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  type CallContext,
  type JsonSchema,
  READ_ONLY,
  type ResourceDefinition,
  type ServerDefinition,
  type ToolDefinition,
} from '../../../src/mcp/definition.ts';
import { shape } from '../../../src/mcp/shape.ts';
import { LEGACY_TOOLS, MODERN_TOOLS } from './exotic-names.ts';

/** What the conformance suite wants of a server, as far as our own definitions can say it. */

const said = z.looseObject({ text: z.string() });

function tool(
  name: string,
  run: (context: CallContext) => Promise<string>,
  input?: JsonSchema,
): ToolDefinition {
  const check = shape(z.looseObject({}), 'input');
  return {
    name,
    title: name,
    description: `The conformance suite calls ${name}.`,
    hints: READ_ONLY,
    input: input ? { ...check, schema: input } : check,
    output: shape(z.looseObject({}), 'output'),
    timeoutMs: 5_000,
    run: async (_, context) => ({ text: await run(context) }),
    render: (output) => said.parse(output).text,
  };
}

const fine = async () => 'fine';

const ADDRESS = {
  $anchor: 'addressDef',
  type: 'object',
  properties: { street: { type: 'string' }, city: { type: 'string' } },
};

/** Every keyword must reach the client as it is written here. */
const EVERY_KEYWORD: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: { address: ADDRESS },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  ...Object.fromEntries([['then', { required: ['phone'] }]]),
  else: { required: ['email'] },
  additionalProperties: false,
};

const TOOLS = [
  tool('test_simple_text', async () => 'This is a simple text response for testing.'),
  tool('test_error_handling', async () => {
    throw new Error('This tool intentionally returns an error for testing');
  }),
  tool('test_tool_with_logging', async ({ log }) => {
    for (const message of ['started', 'processing', 'completed']) {
      log('info', `Tool ${message}`);
      await sleep(20);
    }
    return 'logged';
  }),
  tool('test_tool_with_progress', async ({ progress }) => {
    for (const done of [0, 50, 100]) {
      progress(done, 100, `Completed step ${done} of 100`);
      await sleep(20);
    }
    return 'progressed';
  }),
  tool('test_logging_tool', async ({ log }) => {
    log('info', 'only for a request that sets a level');
    return 'logged';
  }),
  tool('test_streaming_elicitation', fine),
  tool('json_schema_2020_12_tool', fine, EVERY_KEYWORD),
  ...[...LEGACY_TOOLS, ...MODERN_TOOLS].map((name) => tool(name, fine)),
];

function resource(name: string, mimeType: string, text: string): ResourceDefinition {
  const read = async () => ({ mimeType, text });
  const described = { title: name, description: `The resource ${name}.`, mimeType };
  return { uri: `test://${name}`, name, ...described, read };
}

export const FIXTURE: ServerDefinition = {
  name: 'conformance',
  title: 'Conformance fixture',
  version: '1.0.0',
  instructions: 'For the conformance suite only.',
  tools: TOOLS,
  resources: [
    resource('static-text', 'text/plain', 'This is the content of the static text resource.'),
    resource('static-binary', 'image/png', 'replaced by bytes in each era'),
    resource('watched-resource', 'text/plain', 'Watched resource content'),
  ],
  templates: [
    {
      uriTemplate: 'test://template/{id}/data',
      name: 'template',
      title: 'Template',
      description: 'A resource of any id.',
      mimeType: 'application/json',
      read: async ({ id }) => ({
        mimeType: 'application/json',
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      }),
    },
  ],
  prompts: [
    {
      name: 'test_simple_prompt',
      title: 'Simple',
      description: 'A prompt without arguments.',
      arguments: [],
      render: async () => [{ role: 'user', text: 'This is a simple prompt for testing.' }],
    },
    {
      name: 'test_prompt_with_arguments',
      title: 'Arguments',
      description: 'A prompt with two arguments.',
      arguments: ['arg1', 'arg2'].map((name) => ({
        name,
        description: `Argument ${name}.`,
        required: true,
        complete: async (value) => [`${value}Value`],
      })),
      render: async ({ arg1, arg2 }) => [
        { role: 'user', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` },
      ],
    },
    ...[
      ['test_prompt_with_embedded_resource', 'resourceUri'],
      ['test_prompt_with_image'],
      ['test_input_required_result_prompt'],
    ].map(([name = '', ...wanted]) => ({
      name,
      title: name,
      description: `The conformance suite gets ${name}.`,
      arguments: wanted.map((one) => ({ name: one, description: one, required: true })),
      render: async () => [],
    })),
  ],
  onChange: () => () => undefined,
};
