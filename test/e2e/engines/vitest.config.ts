import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

/** Engines that fail at each phase of their start, end to end: a minute, so that it is a suite of its own. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..', '..'),
    include: ['test/e2e/engines/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
