import { availableParallelism } from 'node:os';

export const shared = {
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  setupFiles: ['<rootDir>/tests/support/errors-of-node.ts'],
  // Middy ships only ES modules.
  moduleNameMapper: { '^@middy/(core|util)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  transformIgnorePatterns: ['/node_modules/(?!@middy/)'],
};

const store = {
  globalSetup: '<rootDir>/tests/support/start-test-store.ts',
  globalTeardown: '<rootDir>/tests/support/stop-test-store.ts',
};

/** @type {import('jest').Config} */
export default {
  // Many tests wait for other processes, so run one more worker than there are cores.
  maxWorkers: availableParallelism() + 1,
  testSequencer: '<rootDir>/tests/support/longest-first.cjs',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/tests/unit/**/*.test.ts'],
      setupFiles: [...shared.setupFiles, '<rootDir>/tests/support/without-store.ts'],
    },
    {
      ...shared,
      displayName: 'store',
      testMatch: ['<rootDir>/tests/store/**/*.test.ts'],
      ...store,
    },
    {
      ...shared,
      displayName: 'package',
      testMatch: ['<rootDir>/tests/package/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'],
      ...store,
    },
  ],
};
