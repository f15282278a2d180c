import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createLocalHost } from '../../src/deploy/hosts/local.ts';
import { layoutOf } from '../../src/deploy/layout.ts';

const roots: string[] = [];

/** An installation's root on this machine, without services. */
export function createGround() {
  const root = mkdtempSync(join(tmpdir(), 'pmcp-ground-'));
  roots.push(root);
  const units = join(root, 'etc');
  mkdirSync(units);
  return { root, host: createLocalHost(), layout: layoutOf(root), units };
}

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});
