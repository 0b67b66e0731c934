import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** `unit` needs no server and is fast; `integration` starts real databases; `browser` opens the status page in Chromium; `crash` kills real processes. */
export default defineConfig({
  test: {
    // Vitest leaves one core free, which on two of them means one file at a time; most tests here wait for child processes and servers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
          // No test fails for being slow, on a busy machine either.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/torture/**/*.test.ts'],
          globalSetup: ['test/support/databases-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'crash',
          include: ['test/crash/**/*.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
