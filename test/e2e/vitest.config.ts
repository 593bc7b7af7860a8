import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/e2e/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    // Whole processes do the work, several per test: times are long, and most of it is waiting: three files at once keep two cores busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
