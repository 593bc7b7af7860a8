import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

/** Whole bootstraps on machines of several kinds: minutes, so not part of `npm test`. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/machines/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
