import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import config from '../../commands/config.ts';
import { renderEnvExample, renderMarkdown } from '../../src/config/docs.ts';
import { keys } from '../../src/config/schema.ts';
import { load } from './files.ts';

it('docs/configuration.md is current: pmcp config docs > docs/configuration.md', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(renderMarkdown());
});

it('.env.example is current: pmcp config docs --env-example > .env.example', () => {
  expect(readFileSync('.env.example', 'utf8')).toBe(renderEnvExample());
});

it('.env.example, with every key switched on, is the defaults', () => {
  const text = readFileSync('.env.example', 'utf8').replace(/^#([A-Z_]+=)/gm, '$1');
  const { config: example, origins } = load({ files: { '.env': text } });
  expect(example).toEqual(load({}).config);
  for (const key of keys) expect(origins[key]).toMatch(/^\.env:\d+$/);
});

it('the command has its three verbs', () => {
  expect(config.subcommands?.map(({ name }) => name)).toEqual(['check', 'show', 'docs']);
});
