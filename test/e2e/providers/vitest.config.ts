import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

/** What belongs to providers and money, end to end: a suite of its own, so that `npm test` stays short. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..', '..'),
    include: ['test/e2e/providers/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
