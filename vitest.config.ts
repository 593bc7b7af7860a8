import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/real-engine/**', 'test/e2e/**', 'test/machines/**', 'test/data-plane/**', 'node_modules/**'],
    globalSetup: ['test/support/build-once.ts'],
    // Only for what hangs: a busy machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // More than cores: many tests wait for processes and sockets.
    maxWorkers: 3,
    // Code and tests keep no state in modules, so files may share a process: a quarter of the CPU time is saved.
    isolate: false,
    disableConsoleIntercept: true,
    env: {NO_COLOR: '1'},
  },
});
