import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolFailure } from '../../definition.ts';
import { nodeTest } from './node-test.ts';
import { pytest } from './pytest.ts';
import type { Project, Runner } from './runner.ts';
import { vitest } from './vitest.ts';

/** In order of how plainly they show. */
const RUNNERS: readonly Runner[] = [vitest, pytest, nodeTest];

export async function readProject(root: string, node: string): Promise<Project> {
  const names = new Set(await readdir(root));
  const text = (name: string) =>
    names.has(name) ? readFile(join(root, name), 'utf8') : Promise.resolve('');
  const python = await Promise.all(
    ['pyproject.toml', 'setup.cfg', 'tox.ini', 'pytest.ini'].map(text),
  );
  return {
    root,
    names,
    manifest: parseManifest(await text('package.json')),
    pythonConfig: python.join('\n'),
    node,
  };
}

export function detectRunner(project: Project): { runner: Runner; because: string } {
  for (const runner of RUNNERS) {
    const because = runner.detect(project);
    if (because !== undefined) return { runner, because };
  }
  const names = RUNNERS.map((runner) => runner.name).join(', ');
  throw new ToolFailure(
    'no_runner',
    `no known test runner in ${project.root} (${names})`,
    'Coverage reports can still be read with get_test_coverage.',
  );
}

function parseManifest(text: string): Project['manifest'] {
  try {
    const manifest: unknown = JSON.parse(text || '{}');
    return typeof manifest === 'object' && manifest !== null ? manifest : {};
  } catch {
    return {};
  }
}
