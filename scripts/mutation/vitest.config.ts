import { defineConfig } from 'vitest/config';

/** The tests of the core alone: they need no built product, and fit into one worker. */
export default defineConfig({
  test: { include: ['test/core/**/*.test.ts'], testTimeout: 30_000 },
});
