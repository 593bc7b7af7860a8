import {join} from 'node:path';
import {defineConfig} from 'vitest/config';

/** Machines with a real sshd: whole bootstraps, a host of one's own, Scaleway end to end. Minutes, so not part of `npm test`. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/machines/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
