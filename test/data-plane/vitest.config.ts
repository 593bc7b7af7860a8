import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

/** Whole data-plane processes under load, killed: by itself, as its own load needs both cores. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/data-plane/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
