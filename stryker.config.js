import jest from './jest.config.js';

const store = jest.projects.find(({ displayName }) => displayName === 'store');

export default {
  // Only the API description uses the schemas of the responses.
  mutate: ['src/{domain,repositories,handlers}/**/*.ts', '!src/handlers/http/response-schemas.ts'],
  testRunner: 'jest',
  jest: {
    config: {
      ...store,
      // Stryker merges this with jest.config.js. Without this line, the projects there would run too.
      projects: [],
      // A change can make every test of a file wait for something that never happens.
      testTimeout: 2000,
      testRunner: '<rootDir>/tests/mutation/jest-circus-bail.cjs',
      testSequencer: '<rootDir>/tests/mutation/store-last.cjs',
      testMatch: [
        '<rootDir>/tests/unit/{domain,repositories,handlers}/**/*.test.ts',
        '<rootDir>/tests/store/ports.test.ts',
      ],
      // Slow. These compare the API description with the functions, and other tests find the same changes.
      testPathIgnorePatterns: ['api-description', 'described-requests'],
    },
  },
  coverageAnalysis: 'perTest',
  // A timeout on a slow machine must not count as a change that a test found.
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: '.local/mutation/incremental.json',
  tempDirName: '.local/mutation/sandbox',
  ignorePatterns: ['.local', '.esbuild', '.serverless'],
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { reportTests: false, logTests: false },
  thresholds: { high: 95, low: 95, break: 95 },
};
